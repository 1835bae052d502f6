/** `tiastream submit`: puts the slides of a pipeline into a queue, for any number of workers. */

import path from 'node:path'
import { Command, Option } from 'commander'
import { isAddress } from '../core/address.js'
import { onlyGiven } from '../core/argument.js'
import { PipelineError } from '../core/errors.js'
import { counted } from '../core/text/counted.js'
import { begunEvent, tellQueued } from '../observe/lineage/queued.js'
import { isPassing } from '../pipeline/check/check.js'
import { readPlan } from '../pipeline/check/read-plan.js'
import { openEngine } from '../queue/engine/engine.js'
import { nameFor, runName } from '../queue/names.js'
import { type Submitted, submit } from '../queue/submit.js'
import { waitFor } from '../queue/wait.js'
import { thousands } from './amounts.js'
import { count, seconds } from './number-options.js'
import { noPluginsOption } from './plugins-option.js'
import { addressOf, queueOption } from './queue-option.js'
import { logOption } from './run-options.js'
import { answer, aside } from './say.js'
import { untilSignal } from './stop-on-signal.js'
import { varsOption } from './vars-option.js'
import { warnHere } from './warn-here.js'

interface SubmitFlags {
  readonly queue?: string
  readonly name?: string
  readonly var: Record<string, string>
  readonly output?: string
  readonly plugins: boolean
  readonly atMost?: number
  readonly retryAfter?: number
  readonly wait: boolean
  readonly log: 'human' | 'json'
}

export function submitCommand(): Command {
  return new Command('submit')
    .description('put the slides of a pipeline into a queue, the largest first; submitted again, the same plan adds what is missing')
    .argument('<pipeline>', 'pipeline file (YAML)')
    .addOption(queueOption())
    .option('--name <run>', 'what the run is called; the name of its output folder unless given')
    .addOption(varsOption())
    .addOption(noPluginsOption())
    .option('-o, --output <folder>', "in place of the file's output")
    .addOption(new Option('--at-most <n>', 'slides at work at the same time, on all workers together').argParser(count(100_000)))
    .addOption(
      new Option('--retry-after <seconds>', 'wait so long before the second try of a slide, and longer before later ones').argParser(
        seconds(0),
      ),
    )
    .option('--wait', 'wait until all is done, and end with the exit code of a run', false)
    .addOption(logOption('what to print: for people, or JSON'))
    .action(async (file: string, flags: SubmitFlags) => {
      const address = addressOf(flags.queue)
      await untilSignal(async (signal) => {
        const { output, plugins, var: vars } = flags
        mustLie(file)
        const plan = await readPlan(file, { vars, plugins, output, signal })
        const run = runName(flags.name ?? nameFor(plan.output))
        const engine = await openEngine(address, { prepare: true, ...(flags.log === 'json' ? {} : { onWarning: warnHere }) })
        try {
          const submitted = await submit(engine, plan, {
            run,
            vars,
            plugins,
            signal,
            waits: warnHere,
            ...onlyGiven({ atMost: flags.atMost, retryAfter: flags.retryAfter === undefined ? undefined : flags.retryAfter * 1000 }),
          }).catch((error: unknown) => {
            throw engine.failed(error)
          })
          for (const warning of submitted.warnings) aside(flags.log === 'json' ? '' : `warning: ${warning}\n`)
          answer(flags.log === 'json' ? `${JSON.stringify(plain(submitted))}\n` : textOf(submitted))
          if (submitted.begun) await tellQueued((env) => begunEvent(submitted.record, env, plan), warnHere)
          if (!flags.wait) return
          const end = await waitFor(engine, run, signal)
          answer(flags.log === 'json' ? `${JSON.stringify({ run, ...end })}\n` : `${run}: ${end.done} done, ${end.failed} failed\n`)
          if (end.failed + end.unreadable + end.unanswered > 0) process.exitCode = 1
        } finally {
          await engine.close()
        }
      })
    })
}

/** Workers elsewhere start relative paths where the file lies. */
function mustLie(file: string): void {
  if (isPassing(file))
    throw new PipelineError('USAGE', `${file} is a pipe, and workers want a pipeline that lies somewhere`, {
      hint: 'write it into a file that they reach, too, and submit that',
    })
}

const plain = ({ record, ...rest }: Submitted) => ({ ...record, ...rest })

/** Names of a few slides that cannot be read. */
const mostNamed = 5

function textOf({ record, slides, done, added, there, failed, unreadable }: Submitted): string {
  const parts = [
    `${thousands(done)} done before`,
    `${thousands(added + there)} in the queue (largest first)`,
    ...(there > 0 ? [`${thousands(added)} of them new`] : []),
    ...(failed > 0 ? [`${thousands(failed)} failed before: tiastream retry puts them in again`] : []),
    ...(unreadable.length > 0 ? [`${thousands(unreadable.length)} unreadable now`] : []),
  ]
  const named = unreadable.slice(0, mostNamed).map(({ id, error }) => `  ${id}: ${error}\n`)
  const near = isAddress(record.output) ? '..' : path.relative('.', record.output)
  const output = near === '' || near.startsWith('..') ? record.output : near
  return `${record.run}: ${counted(slides, 'slide').replace(/^\d+/, thousands(slides))}: ${parts.join(', ')} → ${output}\n${named.join('')}`
}
