/** The one formula for units: what "0.5 mpp" or "20 power" means on a given slide. Nothing else knows it. */

export type Units = 'mpp' | 'power' | 'level' | 'baseline'

/** A resolution as people write it: `0.5 mpp`, `20 power`, `level 1`, `baseline 1`. */
export interface Resolution {
  readonly value: number
  readonly units: Units
}
