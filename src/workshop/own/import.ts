/**
 * Makes a model of an ONNX file: what the file says by itself is taken from it, what the caller says is checked against it, and what
 * remains is assumed and said. Nothing is asked.
 */

import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import { inAnotherOrder } from '../../core/text/name-list.js'
import { someOf } from '../../core/text/some-of.js'
import { completeCard } from '../../models/card/card.js'
import { parseForm } from '../../models/card/card-form.js'
import { isChoice, isTwice } from '../../models/onnx/ending.js'
import type { OnnxPort } from '../../models/onnx/inspect-onnx.js'
import { type OnnxFile, onnxOf, readOnnx } from '../../models/onnx/onnx-file.js'
import { encodeModel } from '../../models/onnx/schema.js'
import { activationOf, activationOfMask } from './activation.js'
import { whyAlone } from './alone.js'
import { besideNotes } from './beside-notes.js'
import { cardYaml } from './card-yaml.js'
import { type Ends, formOf, type ImportOptions, type Notes } from './import-form.js'
import { describe, type Looked, lookInto } from './look.js'
import { mayReplace } from './may-replace.js'
import { refuseObjects } from './objects.js'
import { namesIn, pictureIn, portNamed, withPictureAlone } from './picture-alone.js'
import { givesMany, pooled } from './pool.js'
import { publishFolder } from './publish-folder.js'
import { withShape, withSizes } from './shape-of.js'

export interface Imported extends Notes {
  readonly card: ModelCard
}

/** Half precision and other processors add up otherwise. */
const tolerances = { float16: 5e-3, float32: 1e-4, uint8: 1e-4 } as const

export async function importModel(file: string, given: ImportOptions): Promise<Imported> {
  await mayReplace(given.out, given.force, [file])
  const notes: Notes = { found: [], assumed: [] }
  const read = await readOnnx(path.resolve(file))
  const { onnx, looked } = await withOneVector(read, given, notes)
  const options = withLabels(onnx.file, looked, given, notes)
  // Classes that do not fit are told as such.
  if (options.classes && !options.mask) cardOf(onnx, formOf(file, looked, options, asItIs, { found: [], assumed: [] }))
  const plain = cardOf(onnx, formOf(file, looked, options, null, notes))
  const published = await publishFolder({
    out: options.out,
    force: options.force,
    reads: [file],
    tolerance: tolerances[plain.inputs[0]!.dtype],
    make: async (folder) => {
      await writeWhole(onnx, folder)
      const written = (card: ModelCard) => ({ ...card, folder, file: path.join(folder, 'model.onnx') })
      // The file itself is named in messages, where it is still what is asked.
      const ends = await endsOf(onnx.sha256 === read.sha256 ? plain : written(plain), looked, options, notes)
      const card = ends ? cardOf(onnx, formOf(file, looked, options, ends, { found: [], assumed: [] })) : plain
      if (options.mask) notes.assumed.push(...maskNotes(card, options))
      notes.assumed.push(...endNotes(onnx, card), ...normalNotes(looked, card))
      notes.assumed.push(...(await besideNotes(file, card)))
      const alone = await whyAlone(written(card))
      if (alone !== null) notes.assumed.push(`it is asked one picture at a time (batch: 1): ${alone}`)
      const batch = alone === null ? card.batch : 1
      return (test) =>
        cardYaml({ ...card, batch }, { comment: `Written by tiastream models import ${path.basename(file)}.`, ...(test ? { test } : {}) })
    },
  })
  return { card: published, ...notes }
}

async function endsOf(card: ModelCard, looked: Looked, options: ImportOptions, notes: Notes): Promise<Ends | null> {
  const { ending, withinOne, logarithm } = looked
  const known = { ending, withinOne, given: options.activation }
  if (options.mask) return activationOfMask(card, { ...known, threshold: options.threshold, logarithm }, notes)
  return options.classes ? activationOf(card, known, notes) : null
}

const asItIs = { inside: 'none', apply: 'none' } as const

/** The names that the graph has for its classes, where nobody gave others; the same ones in another order are a mistake that nothing else shows. */
function withLabels(subject: string, { labels, output }: Looked, options: ImportOptions, { found }: Notes): ImportOptions {
  const { classes } = options
  if (!labels || options.mask || options.pool !== undefined) return options
  const { names, of } = labels
  if (classes) {
    if (!inAnotherOrder(classes, names)) return options
    throw new ModelError('CARD_INVALID', `${subject}: its ${of} names the same classes in another order: ${names.join(', ')}`, {
      hint: 'leave --classes out, or give them in that order',
    })
  }
  if (output.shape?.at(-1) !== names.length || new Set(names).size < names.length) return options
  found.push(`its ${of} names its classes: ${someOf(names, 5)}`)
  return { ...options, classes: names }
}

function normalNotes({ normal }: Looked, { inputs: [input] }: ModelCard): string[] {
  const other = normal.filter(
    ([what, numbers]) => input?.dtype !== 'uint8' && numbers.some((one, i) => Math.abs(one - input![what][i]!) > 1e-3),
  )
  return other.length === 0
    ? []
    : [`its metadata says otherwise: ${other.map(([what, numbers]) => `--${what} ${numbers.join(',')}`).join(' ')}`]
}

/** What the end of the graph makes doubtful. */
function endNotes({ model }: OnnxFile, { outputs }: ModelCard): string[] {
  const [{ name, kind }] = outputs as readonly [ModelCard['outputs'][number]]
  if (kind === 'classes' && isTwice(model.graph!, name))
    return [
      'its softmax is made of shares that another one has made: no class is ever much likelier than others, if that is not meant, export it without',
    ]
  return kind === 'mask' && isChoice(model.graph!, name)
    ? ['its pixels hold the number of a class (ArgMax): tissue is every class whose number is more than the threshold']
    : []
}

/** How the numbers of pixels are read, where nobody said. */
function maskNotes({ inputs, outputs }: ModelCard, { at, threshold, channel }: ImportOptions): string[] {
  const { mask } = outputs[0]!
  const { width, height } = inputs[0]!
  if (!mask) return []
  const which = mask.channels === 1 ? '' : ` (number ${mask.channel} of ${mask.channels}, counted from 0; --channel)`
  const said = threshold !== undefined && (channel !== undefined || mask.channels === 1)
  const whole = `it sees the whole slide, squeezed into ${width} × ${height} px (--at 8mpp: windows at that resolution)`
  const windows = `it sees windows of ${width} × ${height} px of the overview, at 1.25 power (--at 8mpp otherwise)`
  return [
    ...(said ? [] : [`tissue is where a pixel has more than ${mask.threshold}${which} (--threshold)`]),
    ...(at === undefined ? [mask.view === 'whole' ? whole : windows] : []),
  ]
}

function cardOf(onnx: OnnxFile, written: unknown): ModelCard {
  const form = parseForm(written)
  if ('problems' in form) throw new ModelError('CARD_INVALID', form.problems.map((problem) => `${onnx.file}: ${problem}`).join('\n'))
  return completeCard(form.value, onnx, onnx.file)
}

function outputOf({ file, facts: { outputs } }: OnnxFile, named: string | undefined): OnnxPort {
  const port = portNamed(outputs, named)
  if (port) return port
  const why = named === undefined ? `has ${outputs.length} outputs` : `has no output '${named}'`
  throw new ModelError('CARD_INVALID', `${file} ${why}: ${namesIn(outputs)}`, { hint: 'choose one: --model-output NAME' })
}

/** The file, with the sizes that it leaves open, and with what makes one vector of many at its end. */
async function withOneVector(read: OnnxFile, options: ImportOptions, notes: Notes): Promise<{ onnx: OnnxFile; looked: Looked }> {
  const input = pictureIn(read, options.input)
  const wanted = outputOf(read, options.output)
  const onnx = await withPictureAlone(read, input, wanted)
  const written = outputOf(onnx, wanted.name)
  const left = read.facts.inputs.filter(({ name }) => onnx.facts.inputs.every((one) => one.name !== name))
  if (left.length > 0) notes.found.push(`'${written.name}' follows from '${input.name}' alone: without ${namesIn(left)}`)
  const { layout: seen, size: told, pixels } = lookInto(onnx, input, written)
  const layout = options.layout ?? seen
  const size = options.size ?? told
  const output = await withSizes(onnx, { input, output: written, layout, size, pixels })
  if (output !== written) notes.found.push(`its output is [${output.shape!.join(', ')}]: the file leaves it open, one run says it`)
  const outputs = onnx.facts.outputs.map((one) => (one === written ? output : one))
  // How many numbers a pixel has is not in a card: the graph is made to say it.
  const said = options.mask && output !== written ? await onnxOf(onnx.file, encodeModel(withShape(onnx.model, output))) : onnx
  const known = { ...said, facts: { ...said.facts, outputs } }
  const manyOf = (output.shape?.every((size, i) => i === 0 || typeof size === 'number') ?? false) && givesMany(output.shape!)
  refuseObjects(known, output, manyOf, options)
  const many = !options.mask && !options.classes && layout !== null && size !== null && manyOf
  if (!many) {
    const isKnown = pixels || (layout !== null && size !== null)
    if (options.pool !== undefined && options.pool !== 'none' && isKnown)
      throw new ModelError('CARD_INVALID', `${onnx.file} gives ${describe(output)}: --pool has nothing to do`, {
        hint: options.classes || options.mask ? '--pool is for vectors: leave out --classes and --mask, or --pool' : 'leave --pool out',
      })
    return { onnx: known, looked: lookInto(known, input, output) }
  }
  const [width, height] = size
  const asked = { subject: onnx.file, pool: options.pool, prefix: options.prefixTokens, width, height, planar: layout === 'NCHW' }
  const made = pooled(onnx.model, onnx.facts.opset, output, asked)
  if (!made) return { onnx: known, looked: lookInto(known, input, output) }
  notes.assumed.push(...made.assumed)
  const whole = await onnxOf(onnx.file, encodeModel(made.model))
  return { onnx: whole, looked: lookInto(whole, input, made.port) }
}

/** The model and the files it keeps tensors in. */
async function writeWhole(onnx: OnnxFile, folder: string): Promise<void> {
  await writeFile(path.join(folder, 'model.onnx'), onnx.bytes, { flush: true })
  for (const location of onnx.facts.externalFiles) {
    if (['model.onnx', 'model.yml'].includes(path.posix.normalize(location)))
      throw new ModelError(
        'EXTERNAL_DATA',
        `${onnx.file} keeps tensors in '${location}', which is the name of a part of every model here`,
        {
          hint: 'save it again in one file, or with its data under another name (location=)',
        },
      )
    const to = path.join(folder, location)
    await mkdir(path.dirname(to), { recursive: true })
    await copyFile(path.join(path.dirname(onnx.file), location), to)
  }
}
