/** What a download shows: a bar on a terminal, a line a step elsewhere. */

import { Presets, SingleBar } from 'cli-progress'
import { shown } from '../../core/text/unseen.js'

export interface Progress {
  readonly step: (what: string) => void
  readonly bytes: (done: number, total: number | null) => void
  close(): void
}

export function progressOf(name: string): Progress {
  const stream = process.stderr
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
  let bar: SingleBar | null = null
  const close = () => {
    bar?.stop()
    bar = null
  }
  return {
    step(what) {
      close()
      stream.write(shown(`${name}: ${what}\n`))
    },
    bytes(done, total) {
      if (!stream.isTTY) return
      if (!bar) {
        const format = `{bar} {percentage}% | {mb} of {all} MB | ETA {eta_formatted}`
        bar = new SingleBar({ stream, format, hideCursor: true, clearOnComplete: true, barsize: 24 }, Presets.shades_classic)
        bar.start(total ?? done, done, { mb: megabytes(done), all: total === null ? '?' : megabytes(total) })
      }
      bar.update(done, { mb: megabytes(done) })
    },
    close,
  }
}
