/** Where the benchmarks keep what they make and install: beside their sources, out of git. */

import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { packageRoot } from '../../src/core/package-root.js'

export const benchFolder = path.join(packageRoot, 'bench')
export const environment = path.join(benchFolder, '.venv')

/** A path below `bench/.data`; its folder is made. */
export function dataPath(...parts: string[]): string {
  const file = path.join(benchFolder, '.data', ...parts)
  mkdirSync(path.dirname(file), { recursive: true })
  return file
}

/** A real slide that lies beside the checkout, where it is there. */
export const sharedData = path.join(packageRoot, '../shared/data')
