/** Real slides, models and golden outputs made by others lie beside the checkout; tests that read them skip loudly when they are absent. */

import { existsSync } from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../src/core/package-root.js'

const root = path.resolve(packageRoot, '../shared/data')

/** Absolute path of a file of the shared data, whether or not it is there. */
export const sharedPath = (file: string): string => path.join(root, file)

/** A test that needs the named files of the shared data; skipped by name where one is absent. */
export function sharedTest(title: string, files: readonly string[], body: (t: ExecutionContext, ...paths: string[]) => unknown): void {
  const paths = files.map(sharedPath)
  const absent = paths.find((p) => !existsSync(p))
  if (absent === undefined) {
    test(title, async (t) => {
      await body(t, ...paths)
    })
  } else {
    console.warn(`SKIPPED (absent: ../shared/data/${path.relative(root, absent)}): ${title}`)
    test.skip(title, (t) => t.pass())
  }
}
