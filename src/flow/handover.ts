/** A Writable whose items are taken one by one on its other side, at the pace of whoever takes them. */

import { Writable } from 'node:stream'

/**
 * A write is done when the next item is asked for, so at most one is ever held. The other side ends, and never throws, when the writable has
 * finished or is destroyed; leaving it early destroys the writable.
 */
export class Handover<T> extends Writable implements AsyncIterable<T> {
  private held: { readonly item: T; readonly taken: () => void } | undefined
  private wake: () => void = () => undefined

  constructor() {
    super({ objectMode: true, highWaterMark: 1 })
    // Whoever writes is told by his own stream of what goes wrong.
    this.on('error', () => undefined)
    this.once('close', () => this.wake())
  }

  override _write(item: T, _encoding: BufferEncoding, taken: () => void): void {
    this.held = { item, taken }
    this.wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    try {
      for (;;) {
        if (this.held) {
          const { item, taken } = this.held
          this.held = undefined
          yield item
          taken()
        } else if (this.closed) return
        else {
          await new Promise<void>((resolve) => {
            this.wake = resolve
          })
        }
      }
    } finally {
      this.destroy()
    }
  }
}
