/**
 * The card against the graph: what the card leaves out is taken from the graph, what it says must agree. `wrong` are problems
 * of the card alone, `mismatches` name what the card says and what the graph says.
 */

import type { ModelInput, ModelOutput } from '../../core/model.js'
import { nearest } from '../../core/text/nearest.js'
import { describePort, type OnnxFacts, type OnnxPort } from '../onnx/inspect-onnx.js'
import { isReadable, unreadable } from '../onnx/readable.js'
import type { InputForm, OutputForm } from './card-form.js'
import { dtypeOf } from './fit-dtype.js'
import type { Entry } from './fit-entry.js'
import { fitMask, fitPixels, maskProblems } from './fit-mask.js'
import { numberProblems, preprocessing } from './fit-numbers.js'
import { colorOf } from './palette.js'

export interface Fitted<T> {
  readonly value: readonly T[]
  readonly wrong: string[]
  readonly mismatches: string[]
}

/** The fixed batch of the graph, or null when it is open. */
export function graphBatch(facts: OnnxFacts): number | null {
  const first = facts.inputs.map((port) => port.shape?.[0]).find((size) => typeof size === 'number' && size > 0)
  return typeof first === 'number' ? first : null
}

export function fitInputs(forms: readonly InputForm[], facts: OnnxFacts): Fitted<ModelInput> {
  const wrong: string[] = []
  const mismatches: string[] = []
  const value: ModelInput[] = []
  forms.forEach((form, i) => {
    const place = `inputs[${i}]`
    const port = portOf(form.name, facts.inputs, place, 'input', wrong)
    if (port) value.push((form.form === 'pixels' ? fitPixels : fitInput)(form, { place, port, wrong, mismatches }))
  })
  repeated(value, 'inputs', wrong)
  if (wrong.length === 0) {
    for (const port of facts.inputs.filter(({ name }) => !value.some((input) => input.name === name))) {
      mismatches.push(`inputs: the graph also needs '${port.name}' ${describePort(port)}, which the card does not name`)
    }
  }
  return { value, wrong, mismatches }
}

function fitInput(form: InputForm, entry: Entry): ModelInput {
  const { port, place, wrong, mismatches } = entry
  const shape = port.shape
  const says = `the graph takes '${port.name}' ${describePort(port)}`
  const layout = form.layout ?? (shape?.[1] === 3 ? 'NCHW' : shape?.[3] === 3 ? 'NHWC' : undefined)
  const at = layout === 'NCHW' ? { height: 2, width: 3, channels: 1 } : { height: 1, width: 2, channels: 3 }
  const channels = shape?.[at.channels]
  if (shape && shape.length !== 4) {
    mismatches.push(`${place}: ${says}, tiastream gives pictures: 4 dimensions (write form: pixels where it takes each pixel by itself)`)
  } else if (layout === undefined) {
    if (shape) mismatches.push(`${place}: ${says}, tiastream gives 3 channels and finds none of size 3`)
    else wrong.push(`${place}.layout: the graph does not say; write NHWC or NCHW`)
  } else if (typeof channels === 'number' && channels !== 3) {
    mismatches.push(`${place}: ${layout} with 3 channels, ${says}: ${channels} channel${channels === 1 ? '' : 's'}`)
  }
  const dtype = dtypeOf(form, entry)
  const size = [shape?.[at.width], shape?.[at.height]].map((n) => (typeof n === 'number' && n > 0 ? n : undefined))
  const [width, height] = form.size ?? size
  if (width === undefined || height === undefined) {
    if (shape === null || shape.length === 4) wrong.push(`${place}.size: the graph leaves it open; write for example 224 px`)
  } else if ((size[0] ?? width) !== width || (size[1] ?? height) !== height) {
    mismatches.push(`${place}.size: the card says ${width} × ${height}, ${says}`)
  }
  const lookup = form.lookup === undefined ? undefined : new Uint8Array(Buffer.from(form.lookup, 'base64'))
  wrong.push(...numberProblems(form, dtype, lookup).map((problem) => `${place}.${problem}`))
  return {
    name: port.name,
    width: width ?? 0,
    height: height ?? 0,
    layout: layout ?? 'NHWC',
    ...preprocessing(form, dtype),
    ...(lookup === undefined ? {} : { lookup }),
  }
}

/** `input` is the first one: pixels of a mask are its pixels. */
export function fitOutputs(forms: readonly OutputForm[], facts: OnnxFacts, input?: ModelInput): Fitted<ModelOutput> {
  const wrong: string[] = []
  const mismatches: string[] = []
  const value: ModelOutput[] = []
  forms.forEach((form, i) => {
    const place = `outputs[${i}]`
    const port = portOf(form.name, facts.outputs, place, 'output', wrong)
    if (port === null) return
    const entry: Entry = { place, port: ofOnePicture(port, graphBatch(facts)), wrong, mismatches }
    value.push(form.kind === 'mask' ? fitMask(form, entry, input) : fitOutput(form, entry))
  })
  repeated(value, 'outputs', wrong)
  return { value, wrong, mismatches }
}

/** What is squeezed of one picture has no place for the number of pictures: its one size is that of the vector. */
const ofOnePicture = (port: OnnxPort, batch: number | null): OnnxPort =>
  batch === 1 && port.shape?.length === 1 && port.shape[0] !== 1 ? { ...port, shape: [1, ...port.shape] } : port

function fitOutput(form: OutputForm, { port, place, wrong, mismatches }: Entry): ModelOutput {
  const sizes = port.shape?.slice(1)
  const graphWidth = sizes?.every((n) => typeof n === 'number' && n > 0) ? sizes.reduce<number>((a, b) => a * (b as number), 1) : undefined
  const names = form.kind === 'classes' ? form.classes : form.kind === 'values' ? form.values : undefined
  const width = names?.length ?? form.size ?? graphWidth
  wrong.push(...kindProblems(form).map((problem) => `${place}.${problem}`))
  const strange = strangeIn(port)
  if (strange !== null) mismatches.push(`${place}: the graph gives '${port.name}' ${strange}`)
  if (strange === null && width === undefined && form.kind === 'features')
    wrong.push(`${place}.size: the graph leaves it open; write how many numbers there are`)
  const many = sizes?.filter((n) => n !== 1) ?? []
  if (strange === null && form.kind === 'features' && form.size === undefined && graphWidth !== undefined && many.length > 1)
    wrong.push(
      `${place}.size: the graph gives '${port.name}' ${describePort(port)}, more than one vector a patch; write size: ${graphWidth} to keep all, or import the file with --pool cls or mean`,
    )
  // One open size is that of the pictures, or of the vector of one.
  const isSaid = port.shape !== null && (port.shape.length > 1 || typeof port.shape[0] === 'number')
  if (strange === null && width !== undefined && graphWidth !== undefined && isSaid && width !== graphWidth) {
    const what = form.kind === 'features' ? 'numbers' : form.kind
    mismatches.push(`${place}: the card has ${width} ${what}, the graph gives '${port.name}' ${describePort(port)}: ${graphWidth}`)
  }
  const colors = form.classes?.map((one, i) => one.color?.toLowerCase() ?? colorOf(i))
  return {
    name: port.name,
    kind: form.kind,
    classes: (names ?? []).map(({ name }, i) => ({ name, color: colors?.[i] ?? colorOf(i) })),
    width: width ?? 0,
    inGraph: form.in_graph,
    apply: form.apply,
    about: form.kind === 'values' ? (form.values ?? []).map(({ about }) => about) : [],
  }
}

/** What can be no numbers, in any kind of output, or none that are read. */
function strangeIn({ type, holds }: OnnxPort): string | null {
  if (holds !== 'tensor') return `as ${holds}, not as numbers: export it so that it gives one tensor, [N, numbers]`
  if (type === 'string')
    return 'as text, not as numbers: take its output of probabilities (scikit-learn gives both), or export it without the names'
  return type === null || isReadable(type) ? null : `in ${type}, ${unreadable}`
}

function kindProblems({ kind, classes, values, size, in_graph, apply, ...mask }: OutputForm): string[] {
  const problems: string[] = maskProblems({ kind, ...mask })
  if (kind === 'classes' && !classes) problems.push('classes: is required for kind classes: the names in the order of the output')
  if (kind === 'values' && !values) problems.push('values: is required for kind values: a name and a sentence each')
  if (kind !== 'classes' && classes) problems.push(`classes: does not go with kind ${kind}`)
  if (kind !== 'values' && values) problems.push(`values: does not go with kind ${kind}`)
  if (kind !== 'features' && size !== undefined) problems.push(`size: does not go with kind ${kind}`)
  if (in_graph !== 'none' && apply !== 'none') problems.push(`apply: the graph applies ${in_graph} already`)
  if (in_graph === 'softmax' || apply === 'softmax') {
    if (classes?.length === 1) problems.push('apply: the softmax of one class is always 1; write sigmoid')
  }
  const twice = repeatedOf((classes ?? values ?? []).map(({ name }) => name))
  if (twice !== undefined) problems.push(`${classes ? 'classes' : 'values'}: '${twice}' is there twice`)
  return problems
}

function portOf(name: string | undefined, ports: readonly OnnxPort[], place: string, what: string, wrong: string[]): OnnxPort | null {
  const names = ports.map((port) => port.name)
  if (name === undefined) {
    if (ports.length === 1) return ports[0]!
    wrong.push(`${place}.name: is required, the graph has ${ports.length} ${what}s: ${names.slice(0, 8).join(', ')}`)
    return null
  }
  const port = ports.find((one) => one.name === name)
  if (port) return port
  const near = nearest(name, names)
  const meant = near === null ? `it has: ${names.slice(0, 8).join(', ')}` : `did you mean '${near}'?`
  wrong.push(`${place}.name: the graph has no ${what} '${name}', ${meant}`)
  return null
}

function repeated(ports: readonly { name: string }[], what: string, wrong: string[]): void {
  const twice = repeatedOf(ports.map(({ name }) => name))
  if (twice !== undefined) wrong.push(`${what}: '${twice}' is there twice`)
}

/** The first name that was there before. A card may have 100,000. */
function repeatedOf(names: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return names.find((name) => seen.size === seen.add(name).size)
}
