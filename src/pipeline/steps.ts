/** Every source, stage and sink as a function for TypeScript, under its YAML name in camelCase. */

import type { GivenSlide } from '../core/slide.js'
import annotationsSpec from '../sinks/annotations/spec.js'
import arrowSpec from '../sinks/arrow/spec.js'
import clamSpec from '../sinks/clam/spec.js'
import csvSpec from '../sinks/csv/spec.js'
import geoparquetSpec from '../sinks/geoparquet/spec.js'
import jsonlSpec from '../sinks/jsonl/spec.js'
import mapSpec from '../sinks/map/spec.js'
import maskFileSpec from '../sinks/mask/spec.js'
import overlaySpec from '../sinks/overlay/spec.js'
import parquetSpec from '../sinks/parquet/spec.js'
import qupathSpec from '../sinks/qupath/spec.js'
import samplesSpec from '../sinks/samples/spec.js'
import thumbnailSpec from '../sinks/thumbnail/spec.js'
import tiatoolboxJsonSpec from '../sinks/tiatoolbox-json/spec.js'
import wsinferSpec from '../sinks/wsinfer/spec.js'
import zarrSpec from '../sinks/zarr/spec.js'
import { memoryPatches, type PatchesOptions } from '../sources/memory/patches.js'
import type { RgbBytes } from '../sources/memory/pixels.js'
import { memorySlides } from '../sources/memory/slides.js'
import patchesSpec from '../sources/patches/spec.js'
import slidesSpec from '../sources/slides/spec.js'
import tilesSpec from '../sources/tiles/spec.js'
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
import stainnormSpec from '../stages/stainnorm/spec.js'
import { type SourcePart, sinkOf, sourceOf, stepOf } from './parts.js'

export const slides = sourceOf(slidesSpec)
export const tiles = sourceOf(tilesSpec)
export const patches = sourceOf(patchesSpec)

/**
 * Slides that the program names: paths, relative to the folder of the pipeline; refs that say more (`mpp` in µm a pixel, `mask`, `label`, values
 * carried into the rows); or pictures in memory (`imageSlide`). Throws PipelineError: NO_SLIDES, ID_CLASH, or OPTION_INVALID for an id that
 * cannot be a file name, or values of one name that differ in type.
 */
export const slidesOf = (given: readonly GivenSlide[]): SourcePart<'slide'> => ({ gives: 'slide', spec: memorySlides(given), options: {} })

/**
 * Ready-cut patches in memory: an array of RGB bytes (height × width × 3) for each, or all side by side in one (N × height × width × 3). They
 * are copied once, into memory that all threads read, and counted in the memory of the plan; row `index` of the table is patch `index`. Throws
 * PipelineError: NO_SLIDES, or OPTION_INVALID when an array is of another length, or labels are not as many.
 *
 * @example
 * const plan = await definePipeline({
 *   source: patchesOf([first, second], { width: 224, height: 224, labels: ['tumour', 'stroma'] }),
 *   stages: [extract(), batch(), infer({ model: 'resnet18-kather100k' }), merge()],
 * })
 */
export const patchesOf = (pictures: readonly RgbBytes[] | RgbBytes, options: PatchesOptions): SourcePart<'patch'> => ({
  gives: 'patch',
  spec: memoryPatches(pictures, options),
  options: {},
})

export const grid = stepOf(gridSpec)
export const images = stepOf(imagesSpec)
export const mask = stepOf(maskSpec)
export const sample = stepOf(sampleSpec)
export const extract = stepOf(extractSpec)
export const measure = stepOf(measureSpec)
export const stainnorm = stepOf(stainnormSpec)
export const batch = stepOf(batchSpec)
export const infer = stepOf(inferSpec)
export const merge = stepOf(mergeSpec)
export const rows = stepOf(rowsSpec)

export const annotations = sinkOf(annotationsSpec)
export const arrow = sinkOf(arrowSpec)
export const clam = sinkOf(clamSpec)
export const csv = sinkOf(csvSpec)
export const geoparquet = sinkOf(geoparquetSpec)
export const jsonl = sinkOf(jsonlSpec)
export const map = sinkOf(mapSpec)
/** The sink `mask`, whose name is that of the stage. */
export const maskFile = sinkOf(maskFileSpec)
export const overlay = sinkOf(overlaySpec)
export const parquet = sinkOf(parquetSpec)
export const qupath = sinkOf(qupathSpec)
export const samples = sinkOf(samplesSpec)
export const thumbnail = sinkOf(thumbnailSpec)
export const tiatoolboxJson = sinkOf(tiatoolboxJsonSpec)
export const wsinfer = sinkOf(wsinferSpec)
export const zarr = sinkOf(zarrSpec)
