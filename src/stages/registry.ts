/** What every stage is, by its name in YAML: one line a stage, and one in `work.ts` for what it does. */

import type { AnyStageSpec } from '../core/stage.js'
import batch from './batch/spec.js'
import extract from './extract/spec.js'
import grid from './grid/spec.js'
import images from './images/spec.js'
import infer from './infer/spec.js'
import mask from './mask/spec.js'
import measure from './measure/spec.js'
import merge from './merge/spec.js'
import rows from './rows/spec.js'
import sample from './sample/spec.js'
import stainnorm from './stainnorm/spec.js'

const specs = {
  grid,
  images,
  mask,
  sample,
  extract,
  measure,
  stainnorm,
  batch,
  infer,
  merge,
  rows,
}

export type StageSpecs = typeof specs

export const stages: Readonly<Record<string, AnyStageSpec>> = specs
