/** `tiastream work`: a worker that takes slides out of a queue, until it is stopped or nothing is left. */

import os from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { onlyGiven } from '../core/argument.js'
import { placesOf } from '../core/devices.js'
import { openEngine } from '../queue/engine/engine.js'
import { work } from '../queue/work.js'
import { seconds } from './number-options.js'
import { metricsOption, observedWorker } from './observed.js'
import { addressOf, queueOption } from './queue-option.js'
import { logOption, withCrew } from './run-options.js'
import { untilSignal } from './stop-on-signal.js'
import { workScreen } from './work-screen.js'

interface WorkFlags {
  readonly queue?: string
  readonly run?: string
  readonly device?: string
  readonly lanes?: number
  readonly slides?: number
  readonly scratch?: string
  readonly untilEmpty: boolean
  readonly name: string
  readonly lock: number
  readonly patience: number
  readonly roomEvery: number
  readonly metrics?: string
  readonly log: 'human' | 'json'
}

/** Its class: a run in a queue is of one. */
function deviceOf(written: string): string {
  try {
    return placesOf(written)[0]!.device
  } catch (error) {
    throw new InvalidArgumentError(`it ${(error as Error).message}`)
  }
}

export function workCommand(): Command {
  const command = new Command('work')
    .description('take slides out of a queue and do them, one after another; threads and model stay ready between them')
    .addOption(queueOption())
    .option('--run <name>', 'only slides of this run')
    .addOption(new Option('--device <device>', 'only runs for this device: cpu, cuda …').argParser(deviceOf))
  return withCrew(command)
    .option('--until-empty', 'end, with 0, when nothing waits and nothing is at work', false)
    .addOption(new Option('--name <worker>', 'what this worker is called').default(`${os.hostname()}-${process.pid}`, 'host and process'))
    .addOption(new Option('--lock <seconds>', 'a worker that is silent for so long counts as lost').argParser(seconds(1)).default(60))
    .addOption(new Option('--patience <seconds>', 'end when the queue has not answered for so long').argParser(seconds(1)).default(600))
    .addOption(new Option('--room-every <seconds>', 'how often a full disk is looked at').argParser(seconds(1)).default(10).hideHelp())
    .addOption(metricsOption())
    .addOption(logOption())
    .action(async (flags: WorkFlags) => {
      const address = addressOf(flags.queue)
      const tell = workScreen(flags.log)
      const { lanes, slides, run, device, scratch } = flags
      await untilSignal(async (signal) => {
        await observedWorker(flags, tell, async (onEvent) => {
          const onWarning = (message: string) => tell({ type: 'warning', code: 'QUEUE_EVICTS', message })
          const engine = await openEngine(address, { prepare: true, onWarning })
          try {
            await work(engine, {
              worker: flags.name,
              ...onlyGiven({ run, device, scratch }),
              runtime: onlyGiven({ lanes, slides }),
              untilEmpty: flags.untilEmpty,
              lock: flags.lock * 1000,
              patience: flags.patience * 1000,
              roomEvery: flags.roomEvery * 1000,
              onEvent,
              signal,
            })
          } finally {
            await engine.close()
          }
        })
        signal.throwIfAborted()
      })
    })
}
