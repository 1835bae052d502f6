/** `tiastream status`: how the runs of a queue stand, and what each worker has in hand. */

import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { type Engine, openEngine } from '../queue/engine/engine.js'
import { statusOf } from '../queue/status.js'
import { addressOf, queueOption } from './queue-option.js'
import { logOption } from './run-options.js'
import { answer } from './say.js'
import { statusText } from './status-text.js'
import { untilSignal } from './stop-on-signal.js'

interface StatusFlags {
  readonly queue?: string
  readonly run?: string
  readonly watch: boolean
  readonly log: 'human' | 'json'
}

/** Milliseconds between two looks of `--watch`. */
const every = 2000

export function statusCommand(): Command {
  return new Command('status')
    .description('show how the runs of a queue stand, and what each worker has in hand')
    .addOption(queueOption())
    .option('--run <name>', 'only this run')
    .option('--watch', 'show it again and again, until stopped', false)
    .addOption(logOption('what to print: for people, or one JSON line a run'))
    .action(async ({ queue, ...flags }: StatusFlags) => {
      await untilSignal(async (signal) => {
        const engine = await openEngine(addressOf(queue))
        try {
          do {
            const text = await look(engine, flags).catch((error: unknown) => {
              throw engine.failed(error)
            })
            // A terminal shows one state, in its place.
            if (flags.watch && flags.log === 'human' && process.stdout.isTTY) process.stdout.write('\u001b[H\u001b[2J')
            answer(text)
            if (flags.watch) await sleep(every, undefined, { signal })
          } while (flags.watch)
        } finally {
          await engine.close()
        }
      })
    })
}

async function look(engine: Engine, { run, log }: Omit<StatusFlags, 'queue'>): Promise<string> {
  const runs = await statusOf(engine, run)
  if (log === 'json') return runs.map((one) => `${JSON.stringify(one)}\n`).join('')
  return runs.length === 0 ? `no runs in ${engine.address.shown}\n` : statusText(runs, Date.now())
}
