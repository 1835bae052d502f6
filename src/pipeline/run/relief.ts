/**
 * The crew of a run, and its relief. When the device of a crew is lost, another crew is hired on what is left of the lists of devices, and slides
 * that were at work begin again there: all rows of a slide are of one device, as its receipt says. What is committed stays.
 */

import { TiastreamError } from '../../core/errors.js'
import type { Plan } from '../plan/plan-type.js'
import type { ResultStore } from '../store/result-store.js'
import { type Crew, hire } from './crew.js'

export class Relief {
  /** Slides at work with each crew. */
  private readonly atWork = new Map<Crew, number>()
  private hiring: Promise<boolean> | undefined
  /** Entries of the lists of devices that were lost; each relief makes them more, so there is a last one. */
  private gone: readonly string[] = []

  constructor(
    private readonly plan: Plan,
    private readonly store: ResultStore | null,
    /** The crew that slides are begun with. */
    public current: Crew,
    private readonly warn: (message: string) => void,
  ) {}

  /** Does work with the crew, and again with its relief as long as devices are lost and others left. */
  async work<T>(slide: string, work: (crew: Crew) => Promise<T>): Promise<T> {
    for (;;) {
      const crew = this.current
      this.atWork.set(crew, (this.atWork.get(crew) ?? 0) + 1)
      try {
        return await work(crew)
      } catch (error) {
        if (!(error instanceof TiastreamError) || error.code !== 'DEVICE_LOST') throw error
        if (!(await this.after(crew, error))) throw error
        this.warn(`${slide} begins again on ${this.current.device}: ${error.message}`)
      } finally {
        this.atWork.set(crew, this.atWork.get(crew)! - 1)
        if (crew !== this.current) await this.letGo(crew)
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...new Set([...this.atWork.keys(), this.current])].map((crew) => crew.close()))
  }

  /** Whether there is a crew to go on with. */
  private async after(lost: Crew, error: TiastreamError): Promise<boolean> {
    // Another slide has found out before.
    if (lost !== this.current) return true
    // It sat on no device of its own: a relief would be the same again.
    if (lost.tried.length === this.gone.length) return false
    this.hiring ??= this.hire(lost, error)
    return this.hiring
  }

  private async hire(lost: Crew, error: TiastreamError): Promise<boolean> {
    this.gone = lost.tried
    try {
      this.current = await hire(this.plan, this.store, { gone: this.gone, usage: lost.usage })
      return true
    } catch (failure) {
      this.warn(`nothing goes on after it (${error.message}): ${failure instanceof Error ? failure.message : failure}`)
      return false
    } finally {
      this.hiring = undefined
    }
  }

  private async letGo(crew: Crew): Promise<void> {
    if (this.atWork.get(crew) !== 0) return
    this.atWork.delete(crew)
    await crew.close()
  }
}
