/** `tiastream work`: a worker that takes slides out of a queue, until it is stopped or nothing is left. */

import os from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { placesOf } from '../core/devices.js'
import { openEngine } from '../queue/engine/engine.js'
import { work } from '../queue/work.js'
import { count, seconds } from './number-options.js'
import { metricsOption, observedWorker } from './observed.js'
import { addressOf, queueOption } from './queue-option.js'
import { stopOnSignal } from './stop-on-signal.js'
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
  return new Command('work')
    .description('take slides out of a queue and do them, one after another, with one warm crew')
    .addOption(queueOption())
    .option('--run <name>', 'only slides of this run')
    .addOption(new Option('--device <device>', 'only runs that are made on this device: cpu, cuda …').argParser(deviceOf))
    .addOption(new Option('--lanes <n>', 'threads that read and infer').argParser(count(512)))
    .addOption(new Option('--slides <n>', 'slides side by side').argParser(count(64)))
    .option(
      '--scratch <folder>',
      'where results for a bucket lie until they are uploaded; default: TIASTREAM_SCRATCH, or a temporary folder',
    )
    .option('--until-empty', 'end with 0 when nothing waits and nothing is at work', false)
    .addOption(new Option('--name <worker>', 'what this worker is called').default(`${os.hostname()}-${process.pid}`, 'host and process'))
    .addOption(new Option('--lock <seconds>', 'after so long without a word this worker is lost').argParser(seconds(1)).default(60))
    .addOption(
      new Option('--patience <seconds>', 'after so long without an answer of the queue it ends').argParser(seconds(1)).default(600),
    )
    .addOption(new Option('--room-every <seconds>', 'how often a full disk is looked at').argParser(seconds(1)).default(10).hideHelp())
    .addOption(metricsOption())
    .addOption(
      new Option('--log <form>', 'what to print, on stderr: for people, or one JSON line an event')
        .choices(['human', 'json'])
        .default('human'),
    )
    .action(async (flags: WorkFlags) => {
      const address = addressOf(flags.queue)
      const screen = workScreen(flags.log)
      const stop = stopOnSignal()
      const { lanes, slides, run, device } = flags
      try {
        await observedWorker(flags, screen.tell, async (onEvent) => {
          const onWarning = (message: string) => screen.tell({ type: 'warning', code: 'QUEUE_EVICTS', message })
          const engine = await openEngine(address, { prepare: true, onWarning })
          try {
            await work(engine, {
              worker: flags.name,
              ...(run === undefined ? {} : { run }),
              ...(device === undefined ? {} : { device }),
              runtime: { ...(lanes === undefined ? {} : { lanes }), ...(slides === undefined ? {} : { slides }) },
              ...(flags.scratch === undefined ? {} : { scratch: flags.scratch }),
              untilEmpty: flags.untilEmpty,
              lock: flags.lock * 1000,
              patience: flags.patience * 1000,
              roomEvery: flags.roomEvery * 1000,
              onEvent,
              signal: stop.signal,
            })
          } finally {
            await engine.close()
          }
        })
        if (stop.signal.aborted) process.exitCode = stop.exitCode()
      } catch (error) {
        if (!stop.signal.aborted) throw error
        process.exitCode = stop.exitCode()
      } finally {
        stop.forget()
        screen.close()
      }
    })
}
