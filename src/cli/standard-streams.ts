/** What becomes of a command whose own words cannot be written. */

import { Console } from 'node:console'
import { closeSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'
import { SinkError } from '../core/errors.js'
import { endEarly } from './ending.js'
import { errorText, exitCodeOf, logFormOf } from './exit.js'
import { aside } from './say.js'

/**
 * Results on stdout that cannot be written are the error of the command; a reader that has enough of them (`tiastream docs | head`) is none. What goes to
 * stderr tells of the work and is not the work: a run goes on, and ends with its own code, when its log is on a full disk or its reader is gone. So is what
 * a run has on stdout, which only a plugin writes there.
 */
export function mindStandardStreams(argv: readonly string[]): void {
  letGoOfTerminals()
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
    if (answerByFiles.has(argv[0] ?? '')) return
    if (cause.code === 'EPIPE') endEarly()
    const error = new SinkError('OUTPUT_FAILED', `what was asked for cannot be written to standard output: ${cause.message}`, { cause })
    aside(errorText(error, logFormOf(argv)))
    process.exit(exitCodeOf(error))
  })
}

/** As it ends Node sets each terminal back, and aborts where one is gone by then (an ssh session that broke): what is another file meanwhile it lets be. */
function letGoOfTerminals(): void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd))
  process.on('exit', () => {
    for (const fd of terminals.filter((fd) => !isatty(fd))) {
      closeSync(fd)
      // The lowest number that is free is that one.
      openSync('/dev/null', 'r+')
    }
  })
}

/** A run answers by files, and tells of itself on stderr: its stdout is the user's. */
const answerByFiles: ReadonlySet<string> = new Set(['run', 'work'])

/** What a plugin prints (`console.log`) is no part of a command's answer, which `plan --json | jq` reads: it goes to stderr. */
export function printBeside(command: string): void {
  if (!answerByFiles.has(command)) globalThis.console = new Console(process.stderr, process.stderr)
}
