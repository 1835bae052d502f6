/** The one place that prints an error and says with which code the program ends. */

import { recordOf, TiastreamError } from '../core/errors.js'

export type LogForm = 'human' | 'json'

/** By family, that is by who can act. 129, 130 and 143 are set by a run that a signal stopped, 1 by one in which slides failed or patches were marked unreadable. */
const codes: Readonly<Record<string, number>> = { SlideError: 1, PipelineError: 2, ModelError: 3, SinkError: 4, QueueError: 5, Bug: 70 }

/** Nothing has begun: 1 would say that the other slides are done. */
const beforeAnySlide: ReadonlySet<string> = new Set(['LIST_FORBIDDEN', 'LIST_UNREACHABLE'])

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof TiastreamError)) return 70
  return beforeAnySlide.has(error.code) ? 4 : (codes[error.family] ?? 70)
}

/** What is wanted on standard error: `--log json` anywhere on the line. */
export function logFormOf(argv: readonly string[]): LogForm {
  const i = argv.findLastIndex((arg) => arg === '--log' || arg.startsWith('--log='))
  return (argv[i] === '--log' ? argv[i + 1] : argv[i]?.slice('--log='.length)) === 'json' ? 'json' : 'human'
}

export function errorText(error: unknown, form: LogForm): string {
  const record = recordOf(error)
  if (form === 'json') return `${JSON.stringify({ time: new Date().toISOString(), type: 'error', ...record })}\n`
  const { code, message, hint, at, cause } = record
  // The problems of a pipeline file: each line says its place already.
  if (at?.file !== undefined && message.includes('\n')) return `${message}\n`
  const place =
    at?.file === undefined || message.startsWith(at.file)
      ? ''
      : `${[at.file, at.line, at.column].filter((part) => part !== undefined).join(':')}: `
  const lines = [`error: ${place}${message} [${code}]`]
  const about = [at?.slide && `slide ${at.slide}`, at?.stage && `stage ${at.stage}`, at?.patch !== undefined && `patch ${at.patch}`].filter(
    Boolean,
  )
  if (about.length > 0) lines.push(`  at ${about.join(', ')}`)
  if (hint !== undefined) lines.push(`  ${hint}`)
  if (cause !== undefined && !message.includes(cause)) lines.push(`  cause: ${cause}`)
  return `${lines.join('\n')}\n`
}
