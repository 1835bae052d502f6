/** Opens the overlay sink. */

import type { Writable } from 'node:stream'
import { PipelineError } from '../../core/errors.js'
import type { ModelClass } from '../../core/model.js'
import type { SinkContext } from '../../core/sink.js'
import { nearest } from '../../core/text/nearest.js'
import type { MergedRun } from '../../geometry/merge.js'
import type { Resolution } from '../../geometry/resolution.js'
import { batchSink } from '../common/batch-sink.js'
import { baseRows } from '../picture/base.js'
import { type Canvas, canvasOf } from '../picture/canvas.js'
import { mergedCanvas } from '../picture/merged.js'
import { descriptionOf, softwareOf } from '../picture/metadata.js'
import { formatOf, type PictureOut, rgbOut } from '../picture/out.js'
import { answerOf, classesOutput, placeOf } from '../picture/predictions.js'
import type { Raster } from '../picture/svg.js'
import { blendRow, paintOf, tally } from './blend.js'
import { type LegendContent, legendOf } from './legend.js'

export interface OverlayOptions {
  readonly at?: Resolution | undefined
  readonly class?: string | undefined
  readonly alpha: number
  readonly min: number
  readonly legend: boolean
  readonly compat?: 'tiatoolbox' | undefined
}

export default async function openOverlay(options: OverlayOptions, context: SinkContext): Promise<Writable> {
  const canvas = canvasOf(context.slide.info, options.at)
  const output = classesOutput(context)
  const shown = options.class === undefined ? undefined : indexOf(output.classes, options.class)
  const [answersIn, placesIn] = [answerOf(context, output), placeOf(context, canvas, options.compat !== undefined)]
  const legend = options.legend && formatOf(context.path) !== 'tif' ? contentOf(options, context, shown) : null
  // With all classes: as high as it can become. Which are there is known after the last row, so it stands below.
  const room = legend ? await legendOf(legend, canvas) : null
  const out = await openOut(options, context, canvas, room)
  const base = baseRows(context, canvas)
  const paint = paintOf(output.classes, shown, options.min)
  const width = Math.max(canvas.width, room?.width ?? 0)
  const row = new Uint8Array(width * 3).fill(255)
  const pixels = new Float64Array(paint.table.length)

  const take = async (run: MergedRun) => {
    paint.prepare(run)
    tally(paint, run.rows, pixels)
    for (let y = run.top; y < run.top + run.rows; ) {
      const strip = await base.stripAt(y)
      const end = Math.min(run.top + run.rows, strip.top + strip.rows)
      for (; y < end; y++) {
        const at = (y - strip.top) * canvas.width * 3
        blendRow(strip.data.subarray(at, at + canvas.width * 3), paint, options.alpha, row)
        await out.write(row)
      }
    }
  }
  const merged = mergedCanvas({
    context,
    canvas,
    classes: output.classes.length,
    compat: options.compat !== undefined,
    answersIn,
    placesIn,
    take,
  })
  return batchSink({
    every: 1024,
    write: merged.add,
    finish: async () => {
      await merged.end()
      if (legend && room) {
        const drawn = await legendOf({ ...legend, pixels: legend.heat ? null : pixels }, canvas)
        for (let y = 0; y < room.height; y++) {
          row.fill(255)
          if (y < drawn.height) row.set(drawn.data.subarray(y * drawn.width * 3, (y + 1) * drawn.width * 3))
          await out.write(row)
        }
      }
      await out.finish()
    },
    close: () => out.close(),
    used: merged.used,
  })
}

function openOut(options: OverlayOptions, context: SinkContext, canvas: Canvas, legend: Raster | null): Promise<PictureOut> {
  const { classes } = classesOutput(context)
  return rgbOut(context.path, {
    width: Math.max(canvas.width, legend?.width ?? 0),
    height: canvas.height + (legend?.height ?? 0),
    ...(canvas.mpp ? { mpp: canvas.mpp } : {}),
    description: descriptionOf('overlay', context, canvas, {
      alpha: options.alpha,
      min: options.min,
      ...(options.class === undefined
        ? { classes: classes.map(({ name, color }) => ({ name, color })) }
        : { class: options.class, colors: 'viridis' }),
    }),
    software: softwareOf(context),
  })
}

function contentOf(options: OverlayOptions, { slide, provenance }: SinkContext, shown: number | undefined): LegendContent {
  const { classes } = provenance.model!.outputs.find(({ kind }) => kind === 'classes')!
  return {
    title: slide.info.id,
    subtitle: provenance.model!.name,
    classes: shown === undefined ? classes : [classes[shown]!],
    heat: shown !== undefined,
    alpha: options.alpha,
    pixels: null,
    min: options.min,
  }
}

function indexOf(classes: readonly ModelClass[], name: string): number {
  const index = classes.findIndex((c) => c.name === name)
  if (index >= 0) return index
  const names = classes.map((c) => c.name)
  const meant = nearest(name, names)
  throw new PipelineError('CLASS_UNKNOWN', `the model has no class '${name}'`, {
    hint: meant ? `did you mean '${meant}'?` : `its classes are ${names.join(', ')}`,
  })
}
