/** Frames that are asked for in the same turn come in few answers: neighbours in one list. At most as many bytes wait here as a store decodes tiles at once. */

import type { StoredFrame } from '../../remote/dicomweb/series.js'
import type { SeriesSource } from './series-source.js'

/** Frames of one request. */
const TOGETHER = 8

interface Wanted {
  readonly frame: number
  readonly most: number
  readonly come: (frame: Promise<StoredFrame>) => void
}

export class FrameQueue {
  readonly #source: Pick<SeriesSource, 'frames'>
  readonly #waiting = new Map<string, Wanted[]>()

  constructor(source: Pick<SeriesSource, 'frames'>) {
    this.#source = source
  }

  /** A frame of an instance, of at most `most` bytes. Throws SlideError. */
  frame(instance: string, frame: number, most: number): Promise<StoredFrame> {
    return new Promise((come) => {
      if (this.#waiting.size === 0) queueMicrotask(() => this.#ask())
      const wanted = this.#waiting.get(instance) ?? []
      this.#waiting.set(instance, wanted)
      wanted.push({ frame, most, come })
    })
  }

  #ask(): void {
    for (const [instance, wanted] of this.#waiting) {
      const numbers = [...new Set(wanted.map(({ frame }) => frame))].sort((a, b) => a - b)
      for (let at = 0; at < numbers.length; at += TOGETHER) {
        const some = numbers.slice(at, at + TOGETHER)
        const frames = this.#source.frames(instance, some, wanted[0]!.most)
        for (const { frame, come } of wanted) {
          const place = some.indexOf(frame)
          if (place >= 0) come(frames.then((all) => all[place]!))
        }
      }
    }
    this.#waiting.clear()
  }
}
