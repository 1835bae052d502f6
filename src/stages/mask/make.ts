/** Makes the mask of a slide. */

import { Bug, SlideError } from '../../core/errors.js'
import type { Tell } from '../../core/events.js'
import type { Model } from '../../core/model.js'
import { type OverviewOptions, overviewRows } from '../../core/overview.js'
import { resolveOn } from '../../core/resolve.js'
import type { Slide } from '../../core/slide.js'
import { letGo } from '../../flow/let-go.js'
import { inTurns } from '../../flow/turn.js'
import { type Bitmap, Mask } from '../../geometry/coverage.js'
import { dilate, ellipse, type Kernel, kernelFor, onesOf, withoutSmall } from '../../geometry/morphology.js'
import { darkerThan, greyOf, histogramOf, otsuThreshold } from '../../geometry/otsu.js'
import type { Size } from '../../geometry/region.js'
import { convert, mppFromPower, type Resolution } from '../../geometry/resolution.js'
import { bitmapFromModel } from './ask-model.js'
import { fileFor, methodFor, wantedOf } from './choose.js'
import { maskFromFile } from './files.js'
import { otsuDoubts } from './otsu-doubt.js'
import type { MaskOptions } from './spec.js'
import { refuseUnread, UnreadTissue } from './unread.js'

const usual: Resolution = { value: 1.25, units: 'power' }
/** Longer side of the overview of a slide that does not say how large a pixel is. */
const usualSide = 2048
/** More is no overview. `morphological` takes three bytes for each, a model's mask eight, the others one. */
const mostPixels = 2 ** 26

export interface MaskContext {
  readonly signal: AbortSignal
  /** Of the pipeline: where a relative `file` starts. */
  readonly folder?: string | undefined
  readonly model?: (name: string) => Model
  readonly tell?: Tell
  /** Patches that cannot be read are rows that say so, and what cannot be read for the mask fails no slide. */
  readonly marks?: boolean | undefined
}

/** The mask of a slide, or null where there is none to be made. Throws SlideError. */
export async function maskOf(slide: Slide, options: MaskOptions, context: MaskContext): Promise<Mask | null> {
  const { signal, folder = '.', model, tell = () => undefined, marks = false } = context
  const file = fileFor(slide.ref, options, folder)
  const method = methodFor(slide.ref, options)
  if (method === 'none') return null
  const size = overviewSize(slide, options.at)
  if (method === 'file') {
    if (file === undefined) {
      throw new SlideError('MASK_MISSING', `${slide.info.uri} has no mask file`, {
        hint: 'set mask.file, or a column mask in the list',
        at: { slide: slide.ref.id, stage: 'mask' },
      })
    }
    const other = options.model ?? (options.method === 'file' ? undefined : options.method)
    if (slide.ref.mask !== undefined && other !== undefined) {
      const message = `${slide.info.uri} has a mask in the list, which is read: ${other} is for slides without one`
      tell({ type: 'warning', code: 'MASK_ODD', message })
    }
    return maskFromFile(file, slide, { size, classes: wantedOf(options.classes), signal, tell })
  }
  const unread = marks ? new UnreadTissue() : undefined
  const seen = { size, signal, unread: unread?.note ?? refuseUnread }
  const whole = (bitmap: Bitmap) => {
    unread?.over(bitmap, slide.info)
    unread?.say(tell, slide.info)
    return packed(bitmap, slide.info)
  }
  if (method === 'model') {
    if (!model || options.model === undefined) throw new Bug('a mask needs a model and was given none')
    return whole(await bitmapFromModel(slide, model(options.model), { threshold: options.threshold, ...seen }))
  }
  const grey = await greyOverview(slide, seen)
  const counts = await inTurns(histogramOf(grey), signal)
  const threshold = otsuThreshold(counts)
  for (const what of otsuDoubts(counts, threshold)) tell({ type: 'warning', code: 'MASK_ODD', message: `${slide.info.uri}: ${what}` })
  const dark = await inTurns(darkerThan(grey, threshold), signal)
  if (method === 'otsu') return whole({ ...size, data: dark })
  const kernel = kernelAt(slide, options.at ?? usual)
  const large = await inTurns(withoutSmall({ ...size, data: dark }, onesOf(kernel)), signal)
  forget(dark)
  const grown = await inTurns(dilate({ ...size, data: large }, kernel), signal)
  forget(large)
  return whole({ ...size, data: grown })
}

function packed(bitmap: Bitmap, slide: Size): Mask {
  const mask = Mask.of(bitmap, slide)
  forget(bitmap.data)
  return mask
}

/**
 * Gives back a picture that was made here, a byte a pixel. The thread that makes masks rests afterwards, and its collector with it: what is
 * not given back lies there until the end of the slide.
 */
const forget = ({ buffer }: Uint8Array): void => letGo(buffer as ArrayBuffer)

/** How the overview is read. */
interface Seen extends OverviewOptions {
  readonly size: Size
}

/** Grey before it is whole: of a large slide the colours alone would be a hundred megabytes. */
async function greyOverview(slide: Slide, { size: { width, height }, ...options }: Seen): Promise<Uint8Array> {
  const grey = new Uint8Array(width * height)
  for await (const { top, pixels } of overviewRows(slide, { width, height }, options))
    greyOf(pixels, grey.subarray(top * width, top * width + pixels.length / 3))
  return grey
}

function overviewSize({ info, ref }: Slide, at: Resolution | undefined): Size {
  const known = info.mpp !== undefined || info.power !== undefined
  const { width, height } = at || known ? resolveOn(info, at ?? usual) : fitted(info)
  if (width * height > mostPixels) {
    throw new SlideError('MASK_TOO_LARGE', `${info.uri} would have a mask of ${width} x ${height}`, {
      hint: 'set mask.at to a coarser resolution, for example 8 mpp',
      at: { slide: ref.id, stage: 'mask' },
    })
  }
  return { width: Math.max(1, width), height: Math.max(1, height) }
}

function fitted({ width, height }: Size): Size {
  const scale = Math.min(1, usualSide / Math.max(width, height))
  return { width: Math.round(width * scale), height: Math.round(height * scale) }
}

/** As TIAToolbox: from the nominal resolution (10 ÷ power), not from the slide's exact one. */
function kernelAt({ info }: Slide, { value, units }: Resolution): Kernel {
  if (units === 'mpp') return kernelFor({ x: value, y: value })
  if (units === 'power') return kernelFor({ x: mppFromPower(value), y: mppFromPower(value) })
  const { mpp } = convert(info, { value, units })
  return mpp ? kernelFor(mpp) : ellipse({ width: 1, height: 1 })
}
