/**
 * SIGINT, SIGTERM and SIGHUP (the terminal is gone): the first stops the run cleanly, with the exit code of the signal (130, 143, 129); a second one, or a
 * clean stop that takes too long, leaves at once. Leaving at once loses nothing: what is committed or journaled stays, as after any kill.
 * What a batch system sends some time before it kills is SIGTERM to us, with its code: whoever starts a job again for it need not know who asked.
 */

import { removeUnfinished } from '../core/files/may-replace.js'
import { threadsLeft } from '../flow/left-threads.js'
import { outlivesTerminal } from './nohup.js'

const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
type Stop = keyof typeof numbers

/** Those that end this process. */
export const stops = (): readonly Stop[] => (outlivesTerminal() ? ['SIGINT', 'SIGTERM'] : ['SIGHUP', 'SIGINT', 'SIGTERM'])

/**
 * Slurm's --signal, SGE's -notify and s_rt, LSF's limit of time, a soft limit of processor time. Where nobody listens, SIGUSR1 opens Node's debugger to all
 * of this machine, and the others kill at once.
 */
const warnings: readonly NodeJS.Signals[] = ['SIGUSR1', 'SIGUSR2', 'SIGXCPU']

/** A read that never answers must not keep the process: whoever sends SIGTERM waits for some seconds and kills. */
const patience = 4500

/**
 * Milliseconds in which a second signal is the first once more: a terminal, npm, the shell of a batch job and the scheduler each pass on to us what all of
 * us got, and nobody asked twice.
 */
const echo = 200

export interface SignalStop {
  readonly signal: AbortSignal
  /** 128 and the number of the signal that came. */
  exitCode(): number
  /** After the run: signals mean again what they always mean; the one that came, when nobody passes it on any more. */
  forget(): void
}

export function stopOnSignal(): SignalStop {
  const controller = new AbortController()
  let came: Stop = 'SIGINT'
  let first = 0
  const onSignal = (name: NodeJS.Signals) => {
    const isWarning = warnings.includes(name)
    // SIGXCPU comes with each second of the processor: nobody asks twice by it.
    if (controller.signal.aborted && (isWarning || (name === came && performance.now() - first < echo))) return
    came = isWarning ? 'SIGTERM' : (name as Stop)
    if (controller.signal.aborted) leave(came)
    first = performance.now()
    setTimeout(() => leave(came), patience).unref()
    controller.abort(new Error(`stopped by ${name}`))
  }
  const names = [...stops(), ...warnings]
  for (const name of names) process.on(name, onSignal)
  return {
    signal: controller.signal,
    exitCode: () => 128 + numbers[came],
    forget() {
      const off = () => {
        for (const name of names) process.off(name, onSignal)
      }
      // A run may have ended before the same signal is passed on to us once more, which would kill the process that is about to say how it ended: it waits so long.
      if (controller.signal.aborted) {
        setTimeout(off, Math.max(0, first + echo - performance.now()))
        // A thread that still ends in time leaves the code; the patience above ends what does not.
        const look = setInterval(() => {
          if (threadsLeft() === 0) clearInterval(look)
        }, echo / 4)
        process.once('exit', () => {
          if (threadsLeft() > 0) leave(came)
        })
      } else off()
    },
  }
}

/** A command that ends with the code of the signal that came, when it stops for it. */
export async function untilSignal(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = stopOnSignal()
  try {
    await work(stop.signal)
  } catch (error) {
    if (!stop.signal.aborted) throw error
    process.exitCode = stop.exitCode()
  } finally {
    stop.forget()
  }
}

/** A command that a signal ends at once, and that takes with it what it had begun. */
export async function orLeave(work: () => Promise<void>): Promise<void> {
  const onSignal = (name: NodeJS.Signals) => leave(name as Stop)
  const names = stops()
  for (const name of names) process.on(name, onSignal)
  try {
    await work()
  } finally {
    for (const name of names) process.off(name, onSignal)
  }
}

/**
 * Dies of the signal itself, which a shell sees as the same code. `process.exit` would wait for threads that are inside native code,
 * and can crash on them.
 */
function leave(name: Stop): void {
  removeUnfinished()
  process.removeAllListeners(name)
  process.kill(process.pid, name)
  // The first process of a container is not killed by a signal it sends itself.
  setTimeout(() => process.exit(128 + numbers[name]), 200)
}
