/** `tiastream run`: runs a pipeline file. */

import { Command, InvalidArgumentError, Option } from 'commander'
import type { CheckOptions } from '../pipeline/check/check.js'
import { readPlan } from '../pipeline/check/read-plan.js'
import { runPipeline } from '../pipeline/run/run.js'
import type { Shard } from '../pipeline/store/lock.js'
import { noPluginsOption } from './plugins-option.js'
import { screenOf } from './run-screen.js'
import { stopOnSignal } from './stop-on-signal.js'
import { varsOption } from './vars-option.js'

interface RunFlags {
  readonly var: Record<string, string>
  readonly output?: string
  readonly lanes?: number
  readonly slides?: number
  readonly redo: boolean
  readonly plugins: boolean
  readonly shard?: Shard
  readonly log: 'human' | 'json'
}

export function runCommand(): Command {
  return new Command('run')
    .description('check a pipeline, run it, and commit the results slide by slide; run it again to go on where it stopped')
    .argument('<pipeline>', 'pipeline file (YAML)')
    .addOption(varsOption())
    .addOption(noPluginsOption())
    .option('-o, --output <folder>', "in place of the file's output")
    .addOption(new Option('--lanes <n>', 'threads that read and infer').argParser(parseCount))
    .addOption(new Option('--slides <n>', 'slides side by side').argParser(parseCount))
    .option('--redo', 'make slides again that are done, or were made with other options', false)
    .addOption(new Option('--shard <i/n>', 'only the slides of shard i of n, by hash of their id').argParser(parseShard))
    .addOption(
      new Option('--log <form>', 'what to print: for people, or one JSON line an event').choices(['human', 'json']).default('human'),
    )
    .action(async (file: string, flags: RunFlags) => {
      const screen = screenOf(flags.log)
      const stop = stopOnSignal()
      try {
        const plan = await readPlan(file, checkOptionsOf(flags))
        const summary = await runPipeline(plan, {
          signal: stop.signal,
          onEvent: screen.tell,
          redo: flags.redo,
          ...(flags.shard ? { shard: flags.shard } : {}),
        })
        if (summary.status === 'stopped') process.exitCode = stop.exitCode()
        else if (summary.slides.failed + summary.unreadable + summary.unanswered > 0) process.exitCode = 1
      } finally {
        stop.forget()
        screen.close()
      }
    })
}

function checkOptionsOf({ var: vars, output, lanes, slides, plugins }: RunFlags): CheckOptions {
  const runtime = { ...(lanes === undefined ? {} : { lanes }), ...(slides === undefined ? {} : { slides }) }
  return { vars, runtime, plugins, ...(output === undefined ? {} : { output }) }
}

function parseCount(written: string): number {
  const count = Number(written)
  if (!Number.isInteger(count) || count < 1 || count > 512) throw new InvalidArgumentError('write a whole number from 1 to 512')
  return count
}

function parseShard(written: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(written) ?? []
  const shard = { index: Number(index), count: Number(count) }
  if (!(shard.index >= 1 && shard.index <= shard.count)) throw new InvalidArgumentError('write 2/8 for the second of eight')
  return shard
}
