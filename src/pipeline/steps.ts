/** Every stage, and the sinks of plain tables, as functions for TypeScript, under their YAML names. */

import arrowSpec from '../sinks/arrow/spec.js'
import csvSpec from '../sinks/csv/spec.js'
import jsonlSpec from '../sinks/jsonl/spec.js'
import parquetSpec from '../sinks/parquet/spec.js'
import batchSpec from '../stages/batch/spec.js'
import extractSpec from '../stages/extract/spec.js'
import gridSpec from '../stages/grid/spec.js'
import imagesSpec from '../stages/images/spec.js'
import inferSpec from '../stages/infer/spec.js'
import maskSpec from '../stages/mask/spec.js'
import measureSpec from '../stages/measure/spec.js'
import mergeSpec from '../stages/merge/spec.js'
import rowsSpec from '../stages/rows/spec.js'
import sampleSpec from '../stages/sample/spec.js'
import { sinkOf, stepOf } from './compose.js'

export const grid = stepOf(gridSpec)
export const images = stepOf(imagesSpec)
export const mask = stepOf(maskSpec)
export const sample = stepOf(sampleSpec)
export const extract = stepOf(extractSpec)
export const measure = stepOf(measureSpec)
export const batch = stepOf(batchSpec)
export const infer = stepOf(inferSpec)
export const merge = stepOf(mergeSpec)
export const rows = stepOf(rowsSpec)

export const parquet = sinkOf(parquetSpec)
export const arrow = sinkOf(arrowSpec)
export const csv = sinkOf(csvSpec)
export const jsonl = sinkOf(jsonlSpec)
