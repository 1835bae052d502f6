/** Models that say of every pixel whether it is tissue, against the graph: those that take pictures, and those that take pixels. */

import type { ModelInput, ModelOutput } from '../../core/model.js'
import { describePort, type OnnxPort } from '../onnx/inspect-onnx.js'
import type { InputForm, OutputForm } from './card-form.js'
import { dtypeOf } from './fit-dtype.js'
import type { Entry } from './fit-entry.js'
import { numberProblems, preprocessing } from './fit-numbers.js'

/** A graph that takes pixels takes any number; pieces of this size are a convenient many. */
const usualSide = 256

/** The input of a graph that takes [N, 3]. */
export function fitPixels(form: InputForm, entry: Entry): ModelInput {
  const { port, place, wrong, mismatches } = entry
  const { shape } = port
  const says = `the graph takes '${port.name}' ${describePort(port)}`
  const dtype = dtypeOf(form, entry)
  if (shape && (shape.length !== 2 || (typeof shape[1] === 'number' && shape[1] !== 3)))
    mismatches.push(`${place}.form: pixels are [N, 3], ${says}`)
  else if (typeof shape?.[0] === 'number' && shape[0] > 0) mismatches.push(`${place}.form: ${says}: a fixed number of pixels`)
  if (form.layout === 'NCHW') wrong.push(`${place}.layout: pixels have none; leave it out`)
  if (form.lookup !== undefined) wrong.push(`${place}.lookup: does not go with pixels`)
  wrong.push(...numberProblems(form, dtype, undefined).map((problem) => `${place}.${problem}`))
  const [width, height] = form.size ?? [usualSide, usualSide]
  return {
    name: port.name,
    form: 'pixels',
    width,
    height,
    layout: 'NHWC',
    ...preprocessing(form, dtype),
  }
}

/** An output with numbers for every pixel of `input`. */
export function fitMask(form: OutputForm, { port, place, wrong, mismatches }: Entry, input: ModelInput | undefined): ModelOutput {
  const { channels, planar } = pixelNumbers(port, input)
  const says = `the graph gives '${port.name}' ${describePort(port)}`
  if (channels === null)
    mismatches.push(
      `${place}: a mask has numbers for every one of ${input?.width} × ${input?.height} pixels, ${says} (what is smaller is exported with its answer brought to the size of the picture, as F.interpolate does)`,
    )
  const channel = form.channel ?? (channels ?? 1) - 1
  if (channels !== null && channel >= channels)
    wrong.push(`${place}.channel: is ${channel}, counted from 0, and a pixel has ${channels} number${channels === 1 ? '' : 's'}`)
  wrong.push(...maskProblems(form).map((problem) => `${place}.${problem}`))
  const whole = input?.form === undefined && input?.at === undefined
  return {
    name: port.name,
    kind: 'mask',
    classes: [],
    width: (input?.width ?? 0) * (input?.height ?? 0) * (channels ?? 1),
    inGraph: form.in_graph,
    apply: form.apply,
    about: [],
    mask: { channels: channels ?? 1, planar, channel, threshold: form.threshold ?? 0.5, view: form.view ?? (whole ? 'whole' : 'windows') },
  }
}

/** How many numbers a pixel has and where: [N·H·W, k], [N, H, W], [N, H, W, k] or [N, k, H, W]; sizes may be open. Null: it does not fit. */
function pixelNumbers({ shape }: OnnxPort, input: ModelInput | undefined): { readonly channels: number | null; readonly planar: boolean } {
  const none = { channels: null, planar: false }
  if (!input) return none
  if (shape === null) return { channels: 1, planar: false }
  const sizes = shape.slice(1)
  if (input.form === 'pixels') {
    const [count] = sizes
    return sizes.length === 1 && typeof count === 'number' ? { channels: count, planar: false } : none
  }
  const fits = (size: number | string | null | undefined, want: number) => typeof size !== 'number' || size <= 0 || size === want
  const [a, b, c] = sizes
  if (sizes.length === 2) return fits(a, input.height) && fits(b, input.width) ? { channels: 1, planar: false } : none
  if (sizes.length !== 3) return none
  if (typeof c === 'number' && fits(a, input.height) && fits(b, input.width)) return { channels: c, planar: false }
  return typeof a === 'number' && fits(b, input.height) && fits(c, input.width) ? { channels: a, planar: true } : none
}

/** What does not go together, in any output. */
export function maskProblems({ kind, channel, threshold, view, in_graph, apply, classes, values, size }: Partial<OutputForm>): string[] {
  if (kind === 'mask') {
    const others = Object.entries({ classes, values, size }).filter(([, value]) => value !== undefined)
    return [
      ...others.map(([name]) => `${name}: does not go with kind mask`),
      ...(in_graph !== 'none' && apply !== 'none' ? [`apply: the graph applies ${in_graph} already`] : []),
      ...(apply === 'softmax' ? ['apply: the softmax of a pixel belongs inside of the graph; sigmoid can be applied'] : []),
    ]
  }
  const written = Object.entries({ channel, threshold, view }).filter(([, value]) => value !== undefined)
  return written.map(([name]) => `${name}: is for kind mask`)
}
