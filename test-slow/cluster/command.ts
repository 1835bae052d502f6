/** `tiastream` as templates call it, and a cohort of two slides. Faults may be asked of it by the environment (`../crash/faults.ts`). */

import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { packageRoot } from '../../src/core/package-root.js'
import { demoSlide } from '../../test/support/pipeline-file.js'
import { writeSmallModel } from '../../test/support/small-model.js'

/** Writes the command `tiastream` of this checkout into a folder, which is to be in the path. */
export async function writeCommand(bin: string): Promise<void> {
  await mkdir(bin, { recursive: true })
  const command = path.join(bin, 'tiastream')
  const [faults, cli] = ['test-slow/crash/faults.js', 'src/cli.js'].map((file) => path.join(packageRoot, 'dist', file))
  // What Slurm starts once more has seen enough of a slow disk.
  const again = '[ -z "$SLURM_RESTART_COUNT" ] || unset TIASTREAM_TEST_FLUSH'
  await writeFile(command, `#!/bin/sh\n${again}\nexec '${process.execPath}' --import '${faults}' '${cli}' "$@"\n`)
  await chmod(command, 0o755)
}

/** Writes `pipeline.yml` with slides `a` and `b` and its model into a folder. `stride`: 56 gives 3,000 patches a slide, 224 gives 200. */
export async function writeCohort(folder: string, stride: number): Promise<string> {
  await mkdir(path.join(folder, 'slides'), { recursive: true })
  for (const name of 'ab') await copyFile(demoSlide, path.join(folder, 'slides', `${name}.tif`))
  await writeSmallModel(folder)
  const file = path.join(folder, 'pipeline.yml')
  await writeFile(
    file,
    `output: out
slides: { glob: "slides/*.tif" }
stages:
  - grid: { size: 56 px, at: 1 mpp, stride: ${stride} px }
  - mask: { method: none }
  - extract
  - batch: { size: 16 }
  - infer: { model: small }
  - merge
sinks: [csv]
runtime: { lanes: 1 }
`,
  )
  return file
}
