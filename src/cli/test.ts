/** `tiastream test`: runs the cases of pipelines, each a whole run into a folder of its own. */

import { existsSync } from 'node:fs'
import path from 'node:path'
import { Command } from 'commander'
import { casesFileOf, readCases } from '../pipeline/case-form.js'
import { runCases } from '../pipeline/cases.js'
import { noPluginsOption } from './plugins-option.js'
import { answer } from './say.js'

const signs = { passed: '✔', failed: '✘', skipped: '-' } as const

export function testCommand(): Command {
  return new Command('test')
    .description('run the cases in x.test.yml beside a pipeline x.yml; ends with 1 when one fails')
    .argument('<pipeline...>', 'pipeline files, or their files of cases')
    .addOption(noPluginsOption())
    .action(async (files: string[], { plugins }: { plugins: boolean }) => {
      const counts = { passed: 0, failed: 0, skipped: 0 }
      const done = new Set<string>()
      for (const name of files) {
        const cases = casesFileOf(name)
        // x.yml and x.test.yml are the same cases.
        if (done.has(cases)) continue
        done.add(cases)
        if (files.length > 1 && !existsSync(cases)) {
          answer(`${name}\n  - no cases: there is no ${path.basename(cases)}\n`)
          continue
        }
        const file = await readCases(name)
        answer(`${name}\n`)
        for await (const { name: what, outcome, why, seconds } of runCases(file, { plugins })) {
          counts[outcome]++
          answer(`  ${signs[outcome]} ${what} (${seconds.toFixed(1)} s)\n${why.map((line) => `      ${line}\n`).join('')}`)
        }
      }
      const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
      answer(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`)
      if (counts.failed > 0) process.exitCode = 1
    })
}
