/** Numbers on command lines. */

import { InvalidArgumentError } from 'commander'

/** A whole number from 1 to `most`. */
export const count =
  (most: number) =>
  (written: string): number => {
    const count = Number(written)
    if (!/^\d+$/.test(written) || count < 1 || count > most) throw new InvalidArgumentError(`write a whole number from 1 to ${most}`)
    return count
  }

/** Seconds from `least` to a day. */
export const seconds =
  (least: number) =>
  (written: string): number => {
    const seconds = Number(written)
    if (written.trim() === '' || !(seconds >= least && seconds <= 86_400))
      throw new InvalidArgumentError(`write seconds, ${least} to 86400`)
    return seconds
  }
