import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { libraryFile } from '../../../src/models/session/capi/library.js'
import { readElf } from '../../../src/models/session/elf.js'
import { elfFile } from '../elf-file.js'
import { scratch } from '../folder.js'

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('what a library asks for is read from its own entries', (t) => {
  const { arch, needed } = readElf(libraryFile(undefined))
  t.is(arch, process.arch)
  // As `readelf -d` says of every build for Linux.
  for (const name of ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0']) t.true(needed.includes(name), needed.join(' '))
})

test('one made by hand, of another processor', async (t) => {
  const file = path.join(await scratch(t), 'lib.so')
  const needed = ['libcublas.so.13', 'libcudart.so.13']
  await writeFile(file, elfFile({ needed, runpath: '$ORIGIN/../a::/b', rpath: '/c', machine: 183 }))
  t.deepEqual(readElf(file), { arch: 'arm64', needed, runpath: ['$ORIGIN/../a', '/b'], rpath: ['/c'] })
  await writeFile(file, elfFile({ machine: 62 }))
  t.deepEqual(readElf(file), { arch: 'x64', needed: [], runpath: [], rpath: [] })
})

const refusals = /^\/\S+ is (?:no library|a damaged library: \S)/

test('a file that is cut anywhere is refused in words', async (t) => {
  const folder = await scratch(t)
  const bytes = elfFile({ needed: ['libcublas.so.13', 'libcudart.so.13'] })
  for (let length = 0; length < bytes.length; length += 7) {
    const file = path.join(folder, `${length}.so`)
    await writeFile(file, bytes.subarray(0, length))
    t.throws(() => readElf(file), { message: refusals }, `${length}`)
  }
})

/** A number of eight bytes in the place of another. */
function with64(bytes: Buffer, at: number, value: bigint): Buffer {
  const changed = Buffer.from(bytes)
  changed.writeBigUInt64LE(value, at)
  return changed
}

test('sizes and places that no file has are refused, whatever they are', async (t) => {
  const file = path.join(await scratch(t), 'lib.so')
  const bytes = elfFile({ needed: ['libcublas.so.13'] })
  const dynamicAt = bytes.length - 3 * 16
  const places = {
    'the table of segments': 32,
    'the dynamic part, where': 64 + 56 + 8,
    'the dynamic part, how long': 64 + 56 + 32,
    'the texts': dynamicAt + 8,
    'a name': dynamicAt + 16 + 8,
  }
  for (const [what, at] of Object.entries(places))
    for (const value of [2n ** 64n - 1n, 2n ** 63n, 2n ** 53n, 2n ** 40n, BigInt(bytes.length)]) {
      await writeFile(file, with64(bytes, at, value))
      t.throws(() => readElf(file), { message: refusals }, `${what}: ${value}`)
    }
  // The loader would take it, and reading beyond its end ends the process.
  await writeFile(file, with64(bytes, 64 + 32, BigInt(bytes.length + 1)))
  t.throws(() => readElf(file), { message: new RegExp(`it would end at ${bytes.length + 1}, and ends at ${bytes.length}$`) })
  const many = Buffer.from(bytes)
  many.writeUInt16LE(65_535, 56)
  await writeFile(file, many)
  t.throws(() => readElf(file), { message: /the table of its segments would be 3669960 bytes/ })
  many.writeUInt16LE(2, 56)
  many.writeUInt16LE(8, 54)
  await writeFile(file, many)
  t.throws(() => readElf(file), { message: /segments are described in 8 bytes each/ })
})

test('any byte may be another: an answer or a refusal, never more names than there were', async (t) => {
  const file = path.join(await scratch(t), 'lib.so')
  const bytes = elfFile({ needed: ['libcublas.so.13', 'libcudart.so.13'], runpath: '/a' })
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = changed[at]! ^ (1 << (at % 8)) ^ 0x80
    await writeFile(file, changed)
    try {
      t.true(readElf(file).needed.length <= 3)
    } catch (error) {
      t.regex((error as Error).message, refusals, `byte ${at}`)
    }
  }
})

onLinux('a pipe is not waited for, a folder is no library', async (t) => {
  const folder = await scratch(t)
  const pipe = path.join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  for (const place of [pipe, folder]) t.throws(() => readElf(place), { message: /is no library: it is no file/ })
})
