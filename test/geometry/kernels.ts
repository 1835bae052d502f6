/** For the tests of kernels in WebAssembly. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import wabt from 'wabt'
import { packageRoot } from '../../src/core/package-root.js'
import type { Size } from '../../src/geometry/region.js'

/** What a source in `src/geometry` compiles to, in base64. */
export async function compiled(name: string): Promise<string> {
  const file = path.join(packageRoot, 'src/geometry', name)
  const module = (await wabt()).parseWat(file, await readFile(file, 'utf8'), { simd: true })
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
