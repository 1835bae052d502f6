/** Every stage by its name in YAML: one line a stage. */

import type { AnyStageSpec } from '../core/stage.js'
import batch from './batch/spec.js'
import extract from './extract/spec.js'
import grid from './grid/spec.js'
import images from './images/spec.js'
import mask from './mask/spec.js'
import sample from './sample/spec.js'

export const stages: Readonly<Record<string, AnyStageSpec>> = {
  grid,
  images,
  mask,
  sample,
  extract,
  batch,
}
