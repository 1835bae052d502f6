/** `tiastream run`: runs a pipeline file. */

import { Command, InvalidArgumentError, Option } from 'commander'
import type { Shard } from '../pipeline/lock.js'
import { readPlan } from '../pipeline/plan.js'
import { runPipeline } from '../pipeline/run.js'
import { screenOf } from './run-screen.js'
import { varsOption } from './vars-option.js'

interface RunFlags {
  readonly var: Record<string, string>
  readonly redo: boolean
  readonly shard?: Shard
  readonly log: 'human' | 'json'
}

export function runCommand(): Command {
  return new Command('run')
    .description('check a pipeline, run it, and commit the results slide by slide; run it again to go on where it stopped')
    .argument('<pipeline>', 'pipeline file (YAML)')
    .addOption(varsOption())
    .option('--redo', 'make slides again that are done, or were made with other options', false)
    .addOption(new Option('--shard <i/n>', 'only the slides of shard i of n, by hash of their id').argParser(parseShard))
    .addOption(
      new Option('--log <form>', 'what to print: for people, or one JSON line an event').choices(['human', 'json']).default('human'),
    )
    .action(async (file: string, flags: RunFlags) => {
      const screen = screenOf(flags.log)
      const stop = stopOnSignal()
      try {
        const plan = await readPlan(file, { vars: flags.var })
        const summary = await runPipeline(plan, {
          signal: stop.signal,
          onEvent: screen.tell,
          redo: flags.redo,
          ...(flags.shard ? { shard: flags.shard } : {}),
        })
        if (summary.status === 'stopped') process.exitCode = stop.exitCode()
        else if (summary.slides.failed > 0) process.exitCode = 1
      } finally {
        stop.forget()
        screen.close()
      }
    })
}

function parseShard(written: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(written) ?? []
  const shard = { index: Number(index), count: Number(count) }
  if (!(shard.index >= 1 && shard.index <= shard.count)) throw new InvalidArgumentError('write 2/8 for the second of eight')
  return shard
}

const signalNumbers = { SIGINT: 2, SIGTERM: 15 } as const

/** The first SIGINT or SIGTERM stops the run cleanly; a second one leaves at once. */
function stopOnSignal() {
  const controller = new AbortController()
  let number: number = signalNumbers.SIGINT
  const onSignal = (name: NodeJS.Signals) => {
    number = signalNumbers[name as keyof typeof signalNumbers]
    if (controller.signal.aborted) process.exit(128 + number)
    controller.abort(new Error(`stopped by ${name}`))
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    exitCode: () => 128 + number,
    forget: () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  }
}
