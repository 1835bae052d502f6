/** For the tests of kernels in WebAssembly. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import wabt from 'wabt'
import { packageRoot } from '../../src/core/package-root.js'
import { AreaStream } from '../../src/geometry/area-stream.js'
import type { Resampler } from '../../src/geometry/kernel.js'
import { pixelMemory } from '../../src/geometry/pixel-memory.js'
import type { Size } from '../../src/geometry/region.js'

/** What a source in `src/geometry` compiles to, in base64. */
export async function compiled(name: string): Promise<string> {
  const file = path.join(packageRoot, 'src/geometry', name)
  const module = (await wabt()).parseWat(file, await readFile(file, 'utf8'), { simd: true, bulk_memory: true })
  return Buffer.from(module.toBinary({}).buffer).toString('base64')
}

/** Grey levels at random, only black and white, and all white: the last two make the largest sums. */
export function pictures({ width, height }: Size): Uint8Array[] {
  let x = width * 65_537 + height
  const next = () => {
    x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0
    return x >>> 16
  }
  const length = width * height * 3
  return [
    Uint8Array.from({ length }, () => next() & 255),
    Uint8Array.from({ length }, () => (next() & 1) * 255),
    new Uint8Array(length).fill(255),
  ]
}

/** Without a comparison of ava's, which costs a hundred times what the kernel does. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

export const square = (side: number): Size => ({ width: side, height: side })

/** Shrunk by area, in the plain loops. */
export function byAreaPlainly(source: Uint8Array, size: Size, outSize: Size): Uint8Array {
  const out = new Uint8Array(outSize.width * outSize.height * 3)
  new AreaStream(size, outSize).push(source, size.height, out)
  return out
}

/** A test for each pair of sizes: the kernel takes them, and makes the bytes of the plain loops. */
export function testSizes(
  sizes: readonly (readonly [Size, Size])[],
  quickly: Resampler,
  plainly: (source: Uint8Array, size: Size, outSize: Size) => Uint8Array,
): void {
  for (const [size, outSize] of sizes) {
    test(`${size.width} x ${size.height} to ${outSize.width} x ${outSize.height}: every byte as the plain loops`, (t) => {
      for (const source of pictures(size)) {
        const out = new Uint8Array(outSize.width * outSize.height * 3)
        const expected = plainly(source, size, outSize)
        t.true(quickly(source, size, out, outSize))
        t.true(sameBytes(out, expected))
        // Where it lies in the memory of pixels, it is not copied first.
        const inPlace = pixelMemory.take(source.length)
        t.true(pixelMemory.holds(inPlace))
        inPlace.set(source)
        t.true(quickly(inPlace, size, out.fill(0), outSize))
        t.true(sameBytes(out, expected))
        t.true(sameBytes(inPlace, source))
        pixelMemory.give(inPlace)
      }
    })
  }
}
