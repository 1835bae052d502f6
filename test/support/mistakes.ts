// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
/** A table of what people get wrong: each row changes one thing of a sound pipeline, and is one test that costs milliseconds. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { checkPipeline } from '../../src/pipeline/check/check.js'
import { formatProblem } from '../../src/pipeline/document/problems.js'
import { folderOf } from '../sources/support.js'

/** The lines of the sound pipeline have numbers that the expectations name. */
export const sound = `output: ./out
vars: { DIR: { default: slides }, N: { default: 224 } }
slides: { glob: "slides/*.svs" }
stages:
  - grid: { size: 224 px, at: 0.5 mpp }
  - mask
  - extract
  - batch
  - infer: { model: stain }
  - merge
sinks: [csv]
`

/** What is replaced, by what, and the lines that check says (`line:column   sentence`); none where it is right after all. */
export type Mistake = readonly [name: string, from: string, to: string, ...said: string[]]

export function mistakes(rows: readonly Mistake[]): void {
  for (const [name, from, to, ...said] of rows) {
    test(name, async (t) => {
      t.true(sound.includes(from))
      const here = await folderOf(t, { 'slides/a.svs': '', 'slides/b.svs': '', 'series/1.dcm': '' })
      const file = path.join(here, 'p.yml')
      await writeFile(
        file,
        sound.replace(from, () => to),
      )
      const { problems, plan } = await checkPipeline(file, { env: { HOME: here } })
      t.deepEqual(
        problems.map((problem) =>
          formatProblem(problem, here)
            .replaceAll(here, '<here>')
            .replace(/^p\.yml:/, ''),
        ),
        said,
      )
      t.is(plan === undefined, said.length > 0)
    })
  }
}
