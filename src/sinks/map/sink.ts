/** Opens the map sink. */

import type { Writable } from 'node:stream'
import { SinkError } from '../../core/errors.js'
import type { SinkContext } from '../../core/sink.js'
import { labelsOf, type MergedRun, mostClasses } from '../../geometry/merge.js'
import type { Resolution } from '../../geometry/resolution.js'
import { OutputFile } from '../common/file.js'
import { type Canvas, canvasOf } from '../picture/canvas.js'
import { type Rgb, rgbOf } from '../picture/colors.js'
import { mergedCanvas, mergedSink } from '../picture/merged.js'
import { descriptionOf, softwareOf } from '../picture/metadata.js'
import { npyOut } from '../picture/npy.js'
import { formatOf, type Picture, type PictureOut, palettePng, tiffOut } from '../picture/out.js'
import { answerOf, classesOutput, placeOf } from '../picture/predictions.js'

interface MapOptions {
  readonly file: string
  readonly at?: Resolution | undefined
  readonly values: 'classes' | 'probabilities' | 'bytes'
  readonly compat?: 'tiatoolbox' | undefined
}

/** White in the colour table: the glass. */
const background: Rgb = [255, 255, 255]

export default async function openMap(options: MapOptions, context: SinkContext): Promise<Writable> {
  const canvas = canvasOf(context.slide.info, options.at)
  const output = classesOutput(context)
  const { classes } = output
  if (classes.length > mostClasses && options.values === 'classes') {
    throw new SinkError('CLASSES_TOO_MANY', `${context.path}: ${classes.length} classes do not go into one byte a pixel`, {
      hint: 'say values: probabilities, or write the map as a table',
    })
  }
  const [answersIn, placesIn] = [answerOf(context, output), placeOf(context, canvas, options.compat !== undefined)]
  const out = await outFor(options, context, canvas)
  const line = lineOf(options.values, canvas.width, classes.length)
  const merged = mergedCanvas({
    context,
    canvas,
    classes: classes.length,
    compat: options.compat !== undefined,
    answersIn,
    placesIn,
    take: (run) => out.write(line(run), run.rows),
  })
  return mergedSink(merged, out)
}

/** One row of the picture from one row of the canvas. */
function lineOf(values: MapOptions['values'], width: number, classes: number): (run: MergedRun) => Uint8Array | Float32Array {
  const labels = new Uint8Array(width)
  if (values === 'classes') return (run) => labelsOf(run, labels)
  const numbers = values === 'bytes' ? new Uint8Array(width * classes) : new Float32Array(width * classes)
  const scale = values === 'bytes' ? 255 : 1
  return ({ means }) => {
    for (let i = 0; i < means.length; i++) numbers[i] = values === 'bytes' ? Math.round(means[i]! * scale) : means[i]!
    return numbers
  }
}

async function outFor({ values }: MapOptions, context: SinkContext, canvas: Canvas): Promise<PictureOut> {
  const { path } = context
  const { classes } = classesOutput(context)
  const meaning = [{ value: 0, name: 'background' }, ...classes.map(({ name, color }, i) => ({ value: i + 1, name, color }))]
  const channels = { channels: classes.map(({ name }) => name), scale: values === 'bytes' ? 255 : 1 }
  const picture: Picture = {
    width: canvas.width,
    height: canvas.height,
    ...(canvas.mpp ? { mpp: canvas.mpp } : {}),
    description: descriptionOf('map', context, canvas, values === 'classes' ? { values: meaning } : channels),
    software: softwareOf(context),
  }
  const colors = [background, ...classes.map(({ color }) => rgbOf(color))]
  const format = formatOf(path)
  if (format === 'npy') {
    const shape = values === 'classes' ? [canvas.height, canvas.width] : [canvas.height, canvas.width, classes.length]
    return npyOut(await OutputFile.open(path), shape, values === 'probabilities' ? '<f4' : '|u1')
  }
  if (values !== 'classes')
    return tiffOut(path, picture, { kind: values === 'bytes' ? 'bytes' : 'floats', channels: classes.length }, 'deflate')
  return format === 'png' ? palettePng(path, picture, colors) : tiffOut(path, picture, { kind: 'palette', colors }, 'deflate')
}
