/** Draws the mask of patches: the map of a single class, to which every patch that counts belongs. */

import type { Writable } from 'node:stream'
import type { Rgb } from '../../codecs/tiff-writer/writer.js'
import { isOfClasses } from '../../core/columns/asked.js'
import { classColumns } from '../../core/columns/output-columns.js'
import { PipelineError } from '../../core/errors.js'
import type { Value } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { inList } from '../../core/text/name-list.js'
import { nearest } from '../../core/text/nearest.js'
import { labelsOf } from '../../geometry/merge.js'
import type { Resolution } from '../../geometry/resolution.js'
import type { NamedReaders } from '../common/named-readers.js'
import { canvasOf } from '../picture/canvas.js'
import { mergedCanvas, mergedSink } from '../picture/merged.js'
import { descriptionOf, softwareOf } from '../picture/metadata.js'
import { formatOf, palettePng, tiffOut } from '../picture/out.js'
import { placeOf } from '../picture/predictions.js'

interface PatchMaskOptions {
  readonly at?: Resolution | undefined
  readonly classes?: readonly string[] | undefined
  readonly rows: 'answered' | 'all'
}

/** No patch, a patch. */
const palette: readonly Rgb[] = [
  [0, 0, 0],
  [255, 255, 255],
]

export default async function openPatchMask(options: PatchMaskOptions, context: SinkContext): Promise<Writable> {
  const countsIn = counting(options, context)
  const canvas = canvasOf(context.slide.info, options.at)
  const { width, height, mpp } = canvas
  const chosen = { of: options.classes === undefined ? options.rows : { classes: options.classes } }
  const picture = {
    width,
    height,
    ...(mpp ? { mpp } : {}),
    description: descriptionOf('patch-mask', context, canvas, chosen),
    software: softwareOf(context),
  }
  const out =
    formatOf(context.path) === 'png'
      ? await palettePng(context.path, picture, palette)
      : await tiffOut(context.path, picture, { kind: 'palette', colors: palette }, 'deflate')
  const line = new Uint8Array(width)
  const merged = mergedCanvas({
    context,
    canvas,
    classes: 1,
    compat: false,
    answersIn: (read) => {
      const countsAt = countsIn(read)
      return (i) => (countsAt(i) ? [1] : null)
    },
    placesIn: placeOf(context, canvas, false),
    take: (run) => out.write(labelsOf(run, line), run.rows),
  })
  return mergedSink(merged, out)
}

/** Whether a patch is in the mask. Throws OPTION_INVALID for a class that the model does not have. */
function counting(
  { classes, rows }: PatchMaskOptions,
  { columns, provenance }: SinkContext,
): (read: NamedReaders) => (i: number) => boolean {
  const output = provenance.model?.outputs.find(isOfClasses)
  const { prediction, class: word } = classColumns(output ?? { classes: [] })
  if (classes !== undefined) {
    const known = output?.classes.map(({ name }) => name)
    const strange = known && classes.find((name) => !known.includes(name))
    if (strange !== undefined) {
      const meant = nearest(strange, known!)
      throw new PipelineError(
        'OPTION_INVALID',
        `mask: the model has no class '${strange}'${meant === null ? '' : `, did you mean '${meant}'?`}`,
        {
          hint: `its classes are ${known!.map(inList).join(', ')}`,
        },
      )
    }
    const wanted = new Set<unknown>(classes)
    return (read) => compared(read(word), (value) => wanted.has(value))
  }
  const all = () => () => true
  if (rows === 'all') return all
  const names = new Set(columns.map(({ name }) => name))
  if (names.has('status')) return (read) => compared(read('status'), (value) => value === 'ok')
  return names.has(prediction) ? (read) => compared(read(prediction), (value) => value !== null) : all
}

const compared =
  (valueAt: (i: number) => Value, holds: (value: Value) => boolean) =>
  (i: number): boolean =>
    holds(valueAt(i))
