/**
 * The `config.json` of the wsinfer zoo as a card: patch size and spacing, class names, and the list of transforms
 * (Resize, ToTensor, Normalize). wsinfer applies the activation itself: softmax, or sigmoid for a single class.
 */

import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import { list, oneOf, real, shape, text, triple, whole } from '../../core/options.js'
import { parsed } from '../../core/text/parsed.js'
import { type CardForm, parseForm } from './card-form.js'
import { foreignError, isForeign } from './foreign.js'

const side = () => whole(1, 65_535)

const resize = shape({ name: oneOf('Resize'), arguments: shape({ size: side().or(list(side()).min(1).max(2)) }).loose() })
const toTensor = shape({ name: oneOf('ToTensor') }).loose()
const normalize = shape({ name: oneOf('Normalize'), arguments: shape({ mean: triple(), std: triple() }) })

const config = shape({
  spec_version: text().refine((v) => v.startsWith('1.'), 'is a version that is not known here: 1.0 is'),
  architecture: text(),
  num_classes: whole(1),
  patch_size_pixels: side(),
  spacing_um_px: real(0.001, 1000),
  class_names: list(text()).min(1),
  transform: list(resize.or(toTensor).or(normalize)),
}).loose()

/** The form of a card with the same meaning. `folder` holds the ONNX file: the only one, or `model.onnx`. */
export async function wsinferForm(written: unknown, folder: string, file: string): Promise<CardForm> {
  if (isForeign(written)) throw await foreignError(written, folder, file, await onnxOf(folder, file))
  const strange = strangeStep(written)
  if (strange !== null) throw invalid(file, [strange])
  const read = parsed(config, written)
  if ('problems' in read) throw invalid(file, read.problems)
  const { value } = read
  if (value.class_names.length !== value.num_classes) {
    throw invalid(file, [`class_names: ${value.class_names.length} names, num_classes says ${value.num_classes}`])
  }
  const wrong = orderProblem(value.transform.map(({ name }) => name))
  if (wrong !== null) throw invalid(file, [`transform: ${wrong}`])
  const resized = value.transform.find((step) => step.name === 'Resize')?.arguments.size ?? value.patch_size_pixels
  const [height, width] = typeof resized === 'number' ? [resized, resized] : [resized[0]!, resized[1] ?? resized[0]!]
  const normal = value.transform.find((step) => step.name === 'Normalize')?.arguments
  // A patch of `patch_size_pixels`, resized, is a patch of another resolution: read at that one, it is resampled once.
  const mpp = (value.spacing_um_px * value.patch_size_pixels) / width
  if (height !== width) throw invalid(file, [`transform: Resize to ${width} × ${height} would squeeze the patch`])
  const form = parseForm({
    name: path.basename(path.resolve(folder)),
    about: `${value.architecture}, described by a wsinfer config.json.`,
    file: await onnxOf(folder, file),
    inputs: [{ size: [width, height], at: `${mpp} mpp`, scale: '1/255', ...(normal ?? {}) }],
    outputs: [
      { kind: 'classes', classes: value.class_names.map((name) => ({ name })), apply: value.num_classes === 1 ? 'sigmoid' : 'softmax' },
    ],
  })
  if ('problems' in form) throw invalid(file, form.problems)
  return form.value
}

const usual = ['Resize', 'ToTensor', 'Normalize']

/** A step that is not done here. To leave it out would give other pixels. */
function strangeStep(written: unknown): string | null {
  const { transform } = written as { transform?: unknown }
  const names = (Array.isArray(transform) ? transform : []).map((step: { name?: unknown } | null) => step?.name)
  const at = names.findIndex((name) => typeof name === 'string' && !usual.includes(name))
  if (at < 0) return null
  return `transform[${at}]: '${names[at]}' is not done here, ${usual.join(', ')} are: export the graph with it inside, or write a model.yml for what it wants`
}

/** What is read is [Resize], ToTensor, [Normalize]: other lists give other pixels. */
function orderProblem(names: readonly string[]): string | null {
  if (!names.includes('ToTensor')) return 'has no ToTensor, which makes 0 to 1 of pixels'
  const twice = usual.find((name) => names.filter((one) => one === name).length > 1)
  if (twice !== undefined) return `has ${twice} twice`
  // A tensor may be resized as well as a picture.
  if (names.includes('Normalize') && names.indexOf('Normalize') < names.indexOf('ToTensor')) return 'has Normalize before ToTensor'
  return null
}

async function onnxOf(folder: string, file: string): Promise<string> {
  const found = (await readdir(folder)).filter((name) => name.endsWith('.onnx')).sort()
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (found.includes('model.onnx')) return 'model.onnx'
  throw new ModelError('MODEL_MISSING', `${file}: ${found.length === 0 ? 'no' : 'more than one'} ONNX file lies beside it`, {
    hint: 'wsinfer ships TorchScript; export the model to ONNX as model.onnx in the same folder',
  })
}

function invalid(file: string, problems: readonly string[]): ModelError {
  return new ModelError('CARD_INVALID', problems.map((problem) => `${file}: ${problem}`).join('\n'), {
    hint: 'the format is that of the wsinfer zoo, spec_version 1.0',
    at: { file },
  })
}
