/** How runs stand, for people: a line a run, then a table of what is at work. */

import type { RunStatus } from '../queue/status.js'
import { thousands } from './amounts.js'
import { durationText } from './run-pace.js'

/** `now`: milliseconds since 1970. */
export function statusText(runs: readonly RunStatus[], now: number): string {
  const lines = runs.flatMap((run) => [lineOf(run), ...run.refused.map((why) => `  left by ${why}`)])
  const rows = runs.flatMap(({ run, atWork }) =>
    atWork.map(({ slide, worker, share, since }) => [
      run,
      slide,
      worker,
      `${Math.floor(share * 100)} %`,
      durationText(Math.max(0, now - Date.parse(since))),
    ]),
  )
  const several = runs.filter(({ atWork }) => atWork.length > 0).length > 1
  const table =
    rows.length === 0 ? [] : columnsOf([['run', 'slide', 'worker', 'share', 'since'], ...rows].map((row) => (several ? row : row.slice(1))))
  return [...lines, ...(table.length > 0 ? ['', ...table] : []), ''].join('\n')
}

function lineOf({ run, state, slides, done, failed, atWork, workers, waiting, delayed, secondsLeft, end }: RunStatus): string {
  const parts = [
    `${thousands(done)} of ${thousands(slides)} done`,
    ...(failed > 0 ? [`${thousands(failed)} failed`] : []),
    ...(atWork.length > 0
      ? [`${thousands(atWork.length)} at work on ${workers === 1 ? '1 worker' : `${thousands(workers)} workers`}`]
      : []),
    ...(waiting > 0 ? [`${thousands(waiting)} waiting`] : []),
    ...(delayed > 0 ? [`${thousands(delayed)} to be tried again`] : []),
  ]
  const left = secondsLeft === null ? '' : `; about ${durationText(secondsLeft * 1000)}`
  const said =
    state === 'gathering'
      ? '; being gathered'
      : state === 'not gathered'
        ? '; could not be gathered'
        : end
          ? `; over, ${thousands(end.rows)} rows`
          : left
  return `${run}  ${parts.join(', ')}${said}`
}

function columnsOf(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  )
}
