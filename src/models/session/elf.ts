/**
 * Which libraries a library of Linux asks for by name, from its own entries.
 *
 *     ELF header   e_ident 16 · e_type 2 · e_machine 2 @18 · e_phoff 8 @32 · e_phentsize 2 @54 · e_phnum 2 @56
 *     segment      p_type 4 @0 (1: loaded, 2: dynamic) · p_offset 8 @8 · p_vaddr 8 @16 · p_filesz 8 @32
 *     dynamic      tag 8 · value 8, until tag 0 (1: needed, a place among the texts; 5: where the texts are, an address)
 */

import { closeSync, openSync, readSync } from 'node:fs'

export interface Elf {
  /** See `archIn`. */
  readonly arch: string
  readonly needed: readonly string[]
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

/** No file of its own has more; a size that is not believed is no reason to take memory. */
const most = 2 ** 20
const longestName = 256

/** Throws where the file is no library of 64 bits. */
export function readElf(file: string): Elf {
  const handle = openSync(file, 'r')
  const read = (from: number, length: number) => {
    const bytes = Buffer.alloc(Math.min(length, most))
    return bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, from))
  }
  try {
    const head = read(0, 64)
    const arch = archIn(head)
    if (arch === null || head.length < 64 || head[4] !== 2 || head[5] !== 1) throw new Error(`${file} is no library of 64 bits for Linux`)
    const [size, count] = [head.readUInt16LE(54), head.readUInt16LE(56)]
    const table = read(Number(head.readBigUInt64LE(32)), size * count)
    const segments = Array.from({ length: Math.floor(table.length / Math.max(56, size)) }, (_, i) => {
      const at = table.subarray(i * size, (i + 1) * size)
      const number = (place: number) => Number(at.readBigUInt64LE(place))
      return { type: at.readUInt32LE(0), offset: number(8), address: number(16), length: number(32) }
    })
    const dynamic = segments.find(({ type }) => type === 2)
    const entries = dynamic ? pairs(read(dynamic.offset, dynamic.length)) : []
    const texts = entries.find(([tag]) => tag === 5)?.[1] ?? 0
    const home = segments.find(({ type, address, length }) => type === 1 && texts >= address && texts < address + length)
    const start = home ? texts - home.address + home.offset : 0
    const names = entries.filter(([tag]) => tag === 1).map(([, at]) => textIn(read(start + at, longestName)))
    return { arch, needed: home ? names : [] }
  } finally {
    closeSync(handle)
  }
}

function pairs(bytes: Buffer): (readonly [number, number])[] {
  const all = Array.from({ length: bytes.length >> 4 }, (_, i) => {
    return [Number(bytes.readBigInt64LE(i * 16)), Number(bytes.readBigUInt64LE(i * 16 + 8))] as const
  })
  const end = all.findIndex(([tag]) => tag === 0)
  return end < 0 ? all : all.slice(0, end)
}

function textIn(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end)
}
