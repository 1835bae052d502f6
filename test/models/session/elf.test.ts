import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { libraryFile } from '../../../src/models/session/capi/library.js'
import { readElf } from '../../../src/models/session/elf.js'
import { scratch } from '../folder.js'

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('what a library asks for is read from its own entries', (t) => {
  const { arch, needed } = readElf(libraryFile(undefined))
  t.is(arch, process.arch)
  // As `readelf -d` says of every build for Linux.
  for (const name of ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0']) t.true(needed.includes(name), needed.join(' '))
})

/** A library by hand: one segment that is loaded at 0x1000, with the texts; one that is dynamic. */
function library(names: readonly string[], machine = 62): Buffer {
  const texts = Buffer.from(`\0${names.join('\0')}\0`, 'latin1')
  const [tables, dynamicAt] = [64 + 2 * 56, 64 + 2 * 56 + texts.length]
  const dynamic = Buffer.alloc((names.length + 2) * 16)
  dynamic.writeBigInt64LE(5n, 0)
  dynamic.writeBigInt64LE(BigInt(0x1000 + tables), 8)
  let at = 1
  names.forEach((name, i) => {
    dynamic.writeBigInt64LE(1n, (i + 1) * 16)
    dynamic.writeBigInt64LE(BigInt(at), (i + 1) * 16 + 8)
    at += name.length + 1
  })
  const head = Buffer.alloc(64)
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(head)
  head.writeUInt16LE(machine, 18)
  head.writeBigUInt64LE(64n, 32)
  head.writeUInt16LE(56, 54)
  head.writeUInt16LE(2, 56)
  const segment = (type: number, offset: number, address: number, length: number) => {
    const bytes = Buffer.alloc(56)
    bytes.writeUInt32LE(type, 0)
    bytes.writeBigUInt64LE(BigInt(offset), 8)
    bytes.writeBigUInt64LE(BigInt(address), 16)
    bytes.writeBigUInt64LE(BigInt(length), 32)
    return bytes
  }
  const whole = dynamicAt + dynamic.length
  return Buffer.concat([head, segment(1, 0, 0x1000, whole), segment(2, dynamicAt, 0x1000 + dynamicAt, dynamic.length), texts, dynamic])
}

test('one made by hand, of another processor', async (t) => {
  const file = path.join(await scratch(t), 'lib.so')
  await writeFile(file, library(['libcublas.so.13', 'libcudart.so.13'], 183))
  t.deepEqual(readElf(file), { arch: 'arm64', needed: ['libcublas.so.13', 'libcudart.so.13'] })
})

test('a file that is cut anywhere is refused or asks for less, and never more than it holds', async (t) => {
  const folder = await scratch(t)
  const bytes = library(['libcublas.so.13', 'libcudart.so.13'])
  for (let length = 0; length < bytes.length; length += 7) {
    const file = path.join(folder, `${length}.so`)
    await writeFile(file, bytes.subarray(0, length))
    try {
      t.true(readElf(file).needed.length <= 2)
    } catch (error) {
      t.regex((error as Error).message, /is no library of 64 bits|out of range|outside buffer bounds/)
    }
  }
})
