/** How the program ends, also where a plugin never answers, or leaves something open. */

import { PipelineError } from '../core/errors.js'
import { errorText, exitCodeOf, logFormOf } from './exit.js'
import { outlivesTerminal } from './nohup.js'
import { aside } from './say.js'
import { warnHere } from './warn-here.js'

/** Milliseconds that what is still open after the end has to close by itself. */
const grace = 3000

/** After a signal: what is open then belongs to work that was stopped, and nobody waits for it. Longer than the same signal takes to come once more. */
const graceOfStopped = 300

/** What nohup asked for, and Node takes back. */
export function heedNohup(): void {
  if (outlivesTerminal()) process.on('SIGHUP', () => undefined)
}

let tellIfCutShort: (code: number) => void = () => undefined

/** Ends the program with 0: nobody wants the rest of the answer. */
export function endEarly(): never {
  process.off('exit', tellIfCutShort)
  return process.exit(0)
}

/** The exit code of `command`. Where Node finds nothing left that could ever end it, the program says so and ends: Node by itself ends with 13, without a word. */
export async function endOf(command: Promise<number>, argv: readonly string[]): Promise<number> {
  const stuck = () => {
    const error = new PipelineError(
      'NEVER_ANSWERED',
      'the command waits for an answer that never comes: nothing is left at work that could give it',
      { hint: 'a source, stage or sink of a plugin whose promise is never settled does this; without plugins please report it' },
    )
    aside(errorText(error, logFormOf(argv)))
    process.exit(exitCodeOf(error))
  }
  // What nobody waits for, as a promise that a plugin forgets. Node by itself, and the error of a slide, would end with 1.
  process.on('uncaughtException', (error) => {
    aside(errorText(error, logFormOf(argv)))
    const code = exitCodeOf(error)
    process.exit(code === 1 ? 70 : code)
  })
  // To whoever asks for the code of a run, 0 says that every slide is done, and 1 that all others are.
  tellIfCutShort = (code) => {
    if (code !== 0 && code !== 1) return
    const error = new PipelineError(
      'NEVER_ANSWERED',
      'the program was ended from within, by process.exit(), before the command was through',
      {
        hint: 'a plugin, a rows module or a package that they use does this; without them please report it',
      },
    )
    aside(errorText(error, logFormOf(argv)))
    process.exitCode = exitCodeOf(error)
  }
  process.once('beforeExit', stuck)
  process.once('exit', tellIfCutShort)
  const code = await command
  process.off('beforeExit', stuck)
  process.off('exit', tellIfCutShort)
  // Whoever forked the program (pm2's cluster mode, node:cluster) listens for its end, and has not left anything open.
  process.channel?.unref()
  endSoon(code, argv)
  return code
}

/** A timer or a connection that a plugin has opened and never closes would keep a job of a cluster until its time is up. */
function endSoon(code: number, argv: readonly string[]): void {
  const isStopped = code > 128
  const leave = () => {
    // Somebody reads slowly, and shall have all of it.
    if (process.stdout.writableLength + process.stderr.writableLength > 0) return endSoon(code, argv)
    if (isStopped) process.exit(code)
    const open = [...new Set(process.getActiveResourcesInfo().filter((kind) => !/^(TTY|Pipe)Wrap$/.test(kind)))].join(', ')
    const what = `something is still open ${grace / 1000} s after the end (${open}), as a plugin may leave it: the program ends all the same`
    if (logFormOf(argv) === 'human') warnHere(what)
    else aside(`${JSON.stringify({ time: new Date().toISOString(), type: 'warning', code: 'LEFT_OPEN', message: what })}\n`)
    process.exit(code)
  }
  setTimeout(leave, isStopped ? graceOfStopped : grace).unref()
}
