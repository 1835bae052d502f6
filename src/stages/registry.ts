/** Every stage by its name in YAML: one line a stage. */

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

export const stages: Readonly<Record<string, AnyStageSpec>> = {
  grid,
  images,
  mask,
  sample,
  extract,
  measure,
  batch,
  infer,
  merge,
  rows,
}
