/**
 * Which libraries a library of Linux asks for by name, and where it says to look for them, from its own entries.
 *
 *     ELF header   e_ident 16 · e_type 2 · e_machine 2 @18 · e_phoff 8 @32 · e_phentsize 2 @54 · e_phnum 2 @56
 *     segment      p_type 4 @0 (1: loaded, 2: dynamic) · p_offset 8 @8 · p_vaddr 8 @16 · p_filesz 8 @32
 *     dynamic      tag 8 · value 8, until tag 0; values that are texts are places among the texts
 *                  (1: needed, 5: where the texts are, an address, 14: its own name, 15: RPATH, 29: RUNPATH)
 */

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

export interface Elf {
  /** See `archIn`. */
  readonly arch: string
  readonly needed: readonly string[]
  /** Folders, as written: `$ORIGIN` is that of the file. */
  readonly runpath: readonly string[]
  /** As `runpath`, of old: looked at before LD_LIBRARY_PATH, and only where there is no runpath. */
  readonly rpath: readonly string[]
}

const machines: Readonly<Record<number, string>> = {
  3: 'ia32',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
}

/** Of the first 20 bytes of a file: for which processor it is, as Node names it, or by its number; null where it is no library. */
export function archIn(head: Buffer): string | null {
  if (head.length < 20 || head.readUInt32BE(0) !== 0x7f454c46) return null
  const machine = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18)
  return machines[machine] ?? `machine ${machine}`
}

/** What is read at once, at most. Libraries have a dozen segments, and tens of dynamic entries. */
const most = 2 ** 16
/** A list of folders may be long; no name of a file is. */
const longestText = 4096

const tags = { needed: 1, texts: 5, rpath: 15, runpath: 29 } as const

/** Throws in one sentence where the file is no library of 64 bits, or is damaged. Reads some kilobytes, whatever the file says of itself. */
export function readElf(file: string): Elf {
  // Opening a pipe would wait for who writes it.
  if (!statSync(file).isFile()) throw new Error(`${file} is no library: it is no file`)
  const handle = openSync(file, 'r')
  try {
    const { size } = fstatSync(handle)
    const damaged = (why: string) => new Error(`${file} is a damaged library: ${why}`)
    const read = (what: string, from: bigint, length: bigint): Buffer => {
      if (length > most) throw damaged(`${what} would be ${length} bytes`)
      if (from + length > size) throw damaged(`${what} would end at ${from + length}, and the file at ${size}`)
      const bytes = Buffer.alloc(Number(length))
      if (readSync(handle, bytes, 0, bytes.length, Number(from)) < bytes.length) throw damaged('it became shorter')
      return bytes
    }
    const head = read('its head', 0n, BigInt(Math.min(64, size)))
    const arch = archIn(head)
    if (arch === null || head.length < 64 || head[4] !== 2 || head[5] !== 1) throw new Error(`${file} is no library of 64 bits for Linux`)
    const [each, count] = [head.readUInt16LE(54), head.readUInt16LE(56)]
    if (each < 56) throw damaged(`its segments are described in ${each} bytes each`)
    const table = read('the table of its segments', head.readBigUInt64LE(32), BigInt(each * count))
    const segments = Array.from({ length: count }, (_, i) => {
      const number = (place: number) => table.readBigUInt64LE(i * each + place)
      return { type: table.readUInt32LE(i * each), offset: number(8), address: number(16), length: number(32) }
    })
    // What is not there would be looked for in memory, which ends the process.
    const end = segments.reduce((most, { type, offset, length }) => (type === 1 && offset + length > most ? offset + length : most), 0n)
    if (end > size) throw damaged(`it would end at ${end}, and ends at ${size}`)
    const dynamic = segments.find(({ type }) => type === 2)
    // It asks for nothing.
    if (dynamic === undefined) return { arch, needed: [], runpath: [], rpath: [] }
    const entries = pairs(read('the list of what it asks for', dynamic.offset, dynamic.length))
    const texts = entries.find(([tag]) => tag === BigInt(tags.texts))?.[1]
    const home = segments.find(
      ({ type, address, length }) => type === 1 && texts !== undefined && texts >= address && texts < address + length,
    )
    const textsOf = (wanted: number): readonly string[] =>
      entries
        .filter(([tag]) => tag === BigInt(wanted))
        .map(([, at]) => {
          if (home === undefined) throw damaged('its texts are in no segment')
          const start = texts! - home.address + home.offset + at
          const left = BigInt(size) - start
          const bytes = read('a text', start, left < longestText ? (left < 0n ? 1n : left) : BigInt(longestText))
          const end = bytes.indexOf(0)
          if (end < 0) throw damaged('a text has no end')
          return bytes.toString('utf8', 0, end)
        })
    const folders = (wanted: number) => textsOf(wanted).flatMap((list) => list.split(':').filter((one) => one !== ''))
    return { arch, needed: textsOf(tags.needed), runpath: folders(tags.runpath), rpath: folders(tags.rpath) }
  } finally {
    closeSync(handle)
  }
}

/** Null where it throws: for those who only look, and leave saying what is wrong to whoever loads the file. */
export function elfIn(file: string): Elf | null {
  try {
    return readElf(file)
  } catch {
    return null
  }
}

function pairs(bytes: Buffer): (readonly [bigint, bigint])[] {
  const all = Array.from({ length: bytes.length >> 4 }, (_, i) => {
    return [bytes.readBigUInt64LE(i * 16), bytes.readBigUInt64LE(i * 16 + 8)] as const
  })
  const end = all.findIndex(([tag]) => tag === 0n)
  return end < 0 ? all : all.slice(0, end)
}
