/** The threads of a device: a batch goes to the one that has least to do; one that is gone is given nothing more. */

import { ModelError, TiastreamError } from '../../core/errors.js'
import { LaneDied } from '../../flow/lane-died.js'
import type { Job, Lanes } from '../../flow/lanes.js'
import type { BlockAnswer } from './lane-protocol.js'
import type { Usage } from './usage.js'

interface Seat {
  /** Of its card: `cuda:0`. */
  readonly name: string
  readonly lanes: Lanes
  /** Jobs that it was given and has not answered. */
  pending: number
}

export class Seats {
  private seats: Seat[]

  constructor(
    seats: readonly Pick<Seat, 'name' | 'lanes'>[],
    private readonly usage: Usage,
  ) {
    this.seats = seats.map((seat) => ({ ...seat, pending: 0 }))
    for (const { name } of seats) usage.seat(name)
  }

  /**
   * Throws LaneDied (`beside`) where the thread was lost and another can be asked, with pixels that are read again, and ModelError DEVICE_LOST
   * where it was the last.
   */
  async ask<T extends Pick<BlockAnswer, 'ran'>>(job: Job, patches: number, signal: AbortSignal): Promise<T> {
    const seat = this.seats.toSorted((a, b) => a.pending - b.pending)[0]
    if (!seat) throw lost('no device', null)
    seat.pending++
    try {
      const answer = await seat.lanes.call<T>(0, job, signal)
      this.usage.ran(seat.name, answer.ran ?? [], patches)
      return answer
    } catch (error) {
      if (!isLost(error)) throw error
      if (this.seats.includes(seat)) {
        this.seats = this.seats.filter((one) => one !== seat)
        if (this.seats.length > 0) this.usage.warn(`${seat.name} is gone, the others go on: ${(error as Error).message}`)
      }
      if (this.seats.length > 0) throw new LaneDied(0, error, 'beside')
      throw lost(seat.name, error)
    } finally {
      seat.pending--
    }
  }
}

/** What ended the device of a thread, or the thread for good; what is only of one job does not. */
function isLost(error: unknown): boolean {
  if (error instanceof LaneDied) return error.job === 'hopeless'
  return error instanceof TiastreamError && (error.code === 'DEVICE_LOST' || error.code === 'DEVICE_MISSING')
}

function lost(name: string, cause: unknown): ModelError {
  if (cause instanceof ModelError && cause.code === 'DEVICE_LOST') return cause
  return new ModelError('DEVICE_LOST', `${name} is gone: ${cause instanceof Error ? cause.message : 'none of its threads is left'}`, {
    hint: 'tiastream doctor tries it; name others after it that the run may go on with, as device: [cuda, cpu]',
    cause,
  })
}
