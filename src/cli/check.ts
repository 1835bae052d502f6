/** `tiastream check`: every problem of pipeline files, at once, and nothing else. */

import { Command } from 'commander'
import { checkPipeline } from '../pipeline/check/check.js'
import { formatProblems, onlyPlaces, type Problem } from '../pipeline/document/problems.js'
import { noPluginsOption } from './plugins-option.js'
import { answer, aside } from './say.js'
import { varsOption } from './vars-option.js'

interface CheckFlags {
  readonly var: Record<string, string>
  readonly json: boolean
  readonly plugins: boolean
}

export function checkCommand(): Command {
  return new Command('check')
    .description(
      'show every problem of a pipeline file; the exit code is 2 when there is one, 4 when only the output or the server of the slides is in the way',
    )
    .argument('<pipeline...>', 'pipeline files (YAML)')
    .addOption(varsOption())
    .addOption(noPluginsOption())
    .option('--json', 'print the problems as a JSON list', false)
    .action(async (files: string[], flags: CheckFlags) => {
      const found: Problem[] = []
      for (const file of files) {
        const { problems, plan } = await checkPipeline(file, { vars: flags.var, plugins: flags.plugins })
        found.push(...problems)
        if (problems.length === 0 && !flags.json) answer(`${file}: no problems\n`)
        // What the run will say before it begins.
        for (const warning of plan?.warnings ?? []) aside(`${file}: warning: ${warning}\n`)
      }
      if (flags.json) answer(`${JSON.stringify(found, null, 2)}\n`)
      else if (found.length > 0) answer(`${formatProblems(found)}\n`)
      if (found.length > 0) process.exitCode = onlyPlaces(found) ? 4 : 2
    })
}
