/**
 * Whoever listens to a run, kept apart from it: what its `onEvent` throws, or rejects with, is the fault of no slide. It ends the run as a signal
 * does, and the run throws it.
 */

import type { RunEvent, TellRun } from './run-events.js'

interface Heard {
  readonly onEvent?: TellRun | undefined
  readonly signal?: AbortSignal | undefined
}

export class Listener {
  readonly #stop = new AbortController()
  readonly #onEvent: TellRun | undefined
  #failure: { readonly error: unknown } | undefined
  #isOver = false
  /** That of the program, or the listener has failed. */
  readonly signal: AbortSignal

  constructor({ onEvent, signal }: Heard) {
    this.#onEvent = onEvent
    this.signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal
  }

  /** Never throws. One that has failed is told no more. */
  readonly tell: TellRun = (event: RunEvent) => {
    if (this.#failure) return
    try {
      // It may be async all the same; nobody waits for it.
      const told: unknown = this.#onEvent?.(event)
      if (isThenable(told)) told.then(undefined, (error: unknown) => this.#late(error))
    } catch (error) {
      this.#fail(error)
    }
  }

  /** The run is over. Throws what it has failed with. */
  close(): void {
    this.#isOver = true
    if (this.#failure) throw this.#failure.error
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#stop.abort(error)
  }

  /** After the run nobody is there to throw it but Node. */
  #late(error: unknown): void {
    if (this.#isOver) throw error
    this.#fail(error)
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
