/**
 * Malformed and odd files that others collected, each in a child process with limits: no crash, no more than 5 s of work, no more than
 * 768 MiB, and each ends well or with one of our codes.
 */

import { existsSync } from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { sharedPath } from '../../test/shared-data.js'
import { filesBelow } from '../fuzz/corpus.js'
import { whenRoom } from '../two-at-a-time.js'
import { Limited, mostMemory } from './limited.js'

/** Processes at rest: they have loaded every decoder, and end with the file. */
const resting: Limited[] = []
test.after.always(() => Promise.all(resting.map((limited) => limited.close())))

/** Each folder through every door its files might be taken to. */
const doors: readonly (readonly [folder: string, targets: readonly string[]])[] = [
  ['hostile/wsi', ['tiff']],
  ['hostile/tiff-gofuzz', ['tiff']],
  ['hostile/tiff-image-rs', ['tiff']],
  ['hostile/tiff-odd-libtiffpic', ['tiff', 'mask-picture']],
  ['hostile/pillow', ['tiff', 'picture', 'mask-picture', 'jpeg', 'jpeg2000']],
  ['hostile/jpeg-afl-edges', ['picture', 'jpeg', 'jpeg-fast']],
  ['hostile/jp2-jasper', ['tiff', 'picture', 'jpeg2000']],
  ['hostile/dicom-pydicom', ['tiff']],
  ['hostile/dicom-dcmjs', ['tiff']],
  ['hostile/onnx', ['onnx', 'weights']],
]

for (const [folder, targets] of doors) {
  const present = existsSync(sharedPath(folder))
  if (!present) console.warn(`SKIPPED (absent: ../shared/data/${folder})`)
  for (const target of targets) each(`${folder} as ${target}`, target, present ? filesBelow(sharedPath(folder)) : [], present)
}

each('fixtures/broken as tiff', 'tiff', filesBelow(path.join(packageRoot, 'fixtures/broken')), true)
each('hostile weights', 'weights', filesBelow(path.join(packageRoot, 'test/golden/weights')), true)

function each(title: string, target: string, files: readonly string[], present: boolean): void {
  const body = async (t: ExecutionContext) => {
    t.true(files.length > 0)
    const limited = resting.pop() ?? new Limited()
    t.teardown(() => {
      resting.push(limited)
    })
    const outcomes: Record<string, number> = {}
    let slowest = { cpuSeconds: 0, file: '' }
    let largest = 0
    for (const file of files) {
      const { outcome, find, cpuSeconds, peakBytes } = await limited.try(target, file)
      t.is(find, undefined, `${path.basename(file)}: ${find}`)
      if (outcome !== undefined) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      // The first one also pays for the start.
      if (cpuSeconds > slowest.cpuSeconds) slowest = { cpuSeconds, file: path.basename(file) }
      largest = Math.max(largest, peakBytes)
    }
    t.true(largest < mostMemory)
    t.log(`${files.length} files: ${JSON.stringify(outcomes)}`)
    t.log(`slowest ${slowest.cpuSeconds.toFixed(2)} s of work (${slowest.file}), ${Math.round(largest / 2 ** 20)} MiB at most`)
  }
  const run = present ? test : test.skip
  run(title, whenRoom(body))
}
