/**
 * What every stage does, by its name in YAML: one line a stage, loaded where it runs. Apart from the specs, so that a lane starts without
 * the packages that describe options; the compiler sees that each takes the options its spec describes.
 */

import type { WorkOf } from '../core/stage.js'
import type { StageSpecs } from './registry.js'

export const work: { readonly [Name in keyof StageSpecs]: WorkOf<StageSpecs[Name]> } = {
  grid: () => import('./grid/stage.js'),
  images: () => import('./images/stage.js'),
  mask: () => import('./mask/stage.js'),
  sample: () => import('./sample/stage.js'),
  extract: () => import('./extract/stage.js'),
  measure: () => import('./measure/stage.js'),
  stainnorm: () => import('./stainnorm/stage.js'),
  batch: () => import('./batch/stage.js'),
  infer: () => import('./infer/stage.js'),
  merge: () => import('./merge/stage.js'),
  rows: () => import('./rows/stage.js'),
}
