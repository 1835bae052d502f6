/**
 * The card of a model: `model.yml` beside the ONNX file, made complete with what the file says by itself, and checked against it.
 * All problems are told at once.
 */

import path from 'node:path'
import { onlyGiven, pathGiven } from '../../core/argument.js'
import { ModelError } from '../../core/errors.js'
import { readPlain } from '../../core/files/plain-file.js'
import type { ModelCard, ModelTest } from '../../core/model.js'
import { isWithinOne } from '../onnx/bounds.js'
import { endingsOf } from '../onnx/ending.js'
import { type OnnxFile, readOnnx } from '../onnx/onnx-file.js'
import { precisionOf } from '../onnx/precision.js'
import { rangesOverBatch } from '../onnx/whole-batch.js'
import { type CardForm, parseForm } from './card-form.js'
import { fitInputs, fitOutputs, graphBatch } from './fit.js'
import { activationProblems } from './fit-activation.js'
import { roomProblem } from './fit-room.js'
import { meanProblems, scaleProblems, stepProblems } from './fit-scale.js'
import { textIn } from './text.js'
import { wsinferForm } from './wsinfer.js'
import { largestCard, parseYaml } from './yaml.js'

/** A letter has three bytes at most. */
const mostBytes = 3 * largestCard

/** Files that make a folder a model, in order of preference. */
export const cardFiles = ['model.yml', 'config.json'] as const

/** Reads the card of a model's folder. Throws ModelError: CARD_INVALID, SHAPE_MISMATCH, or what is wrong with the ONNX file. */
export async function readCard(given: string | URL): Promise<ModelCard> {
  const folder = pathGiven('readCard', given, 'the folder of a model')
  const [name, text] = await cardText(folder)
  const file = path.join(folder, name)
  const written = parseYaml(text, file)
  const form = name === 'config.json' ? await wsinferForm(written, folder, file) : formOf(written, file)
  const onnx = path.resolve(folder, form.file)
  if (path.dirname(onnx) !== path.resolve(folder)) {
    throw new ModelError('CARD_INVALID', `${file}: file '${form.file}' is not in the model's folder`, {
      hint: 'a model is a folder that holds its ONNX file',
      at: { file },
    })
  }
  const read = await readOnnx(onnx)
  return completeCard(name === 'config.json' ? endedForm(form, read) : form, read, file)
}

/** wsinfer always applies the activation itself, and cannot say that an exported graph does it already. */
function endedForm(form: CardForm, { model, facts }: OnnxFile): CardForm {
  const [port] = facts.outputs
  const [ending] = port ? endingsOf(model.graph!, [port.name]) : []
  if (ending === undefined || (ending === 'none' && !isWithinOne(model.graph!, port!.name))) return form
  return { ...form, outputs: form.outputs.map((output) => ({ ...output, in_graph: ending, apply: 'none' as const })) }
}

/** The card of a form and the ONNX file it speaks of. `file` names the form in errors. */
export function completeCard(form: CardForm, onnx: OnnxFile, file: string): ModelCard {
  const inputs = fitInputs(form.inputs, onnx.facts)
  const outputs = fitOutputs(form.outputs, onnx.facts, inputs.value[0])
  // Of a graph that takes pixels the first size counts those.
  const taken = inputs.value.some((input) => input.form === 'pixels') ? null : graphBatch(onnx.facts)
  const wrong = [...inputs.wrong, ...outputs.wrong]
  const mismatches = [...inputs.mismatches, ...outputs.mismatches]
  if (inputs.wrong.length === 0)
    mismatches.push(...scaleProblems(inputs.value, onnx.model.graph!), ...meanProblems(inputs.value, onnx.model.graph!))
  // What is quantised here has a table where it needs one.
  if (inputs.wrong.length === 0 && form.parent === undefined) mismatches.push(...stepProblems(inputs.value, onnx.model.graph!))
  if (outputs.wrong.length === 0) mismatches.push(...activationProblems(outputs.value, onnx.model.graph!))
  if (form.batch !== undefined && taken !== null && form.batch !== taken) {
    mismatches.push(`batch: the card says ${form.batch}, the graph takes ${taken}`)
  }
  // Laid in bytes together, pictures would answer for one another.
  const batch = form.batch ?? taken ?? (rangesOverBatch(onnx.model) ? 1 : null)
  inputs.value.forEach(({ width, height }, i) => {
    const problem = roomProblem(width, height, batch)
    if (problem !== null) wrong.push(`inputs[${i}].size: ${problem}`)
  })
  if (form.sha256 !== undefined && form.sha256 !== onnx.sha256) {
    wrong.push(`sha256: the card says ${form.sha256}, ${path.basename(onnx.file)} has ${onnx.sha256}`)
  }
  if (form.test) wrong.push(...testProblems(form.test, outputs.value))
  if (wrong.length > 0) throw invalid(file, [...wrong, ...mismatches])
  if (mismatches.length > 0) {
    throw new ModelError('SHAPE_MISMATCH', mismatches.map((one) => `${file}: ${one}`).join('\n'), {
      hint: 'make the card (in models import its options: --classes, --size …) say what the graph says, or leave it out',
      at: { file },
    })
  }
  const { licence, stride, parent, source, test } = form
  return {
    folder: path.dirname(onnx.file),
    name: form.name,
    file: onnx.file,
    sha256: onnx.sha256,
    about: form.about,
    bytes: onnx.size,
    precision: precisionOf(onnx.model),
    inputs: inputs.value,
    outputs: outputs.value,
    batch,
    ...onlyGiven({ licence, stride, parent, source, test }),
  }
}

/** `file` names it in errors. */
export function formOf(written: unknown, file: string): CardForm {
  const form = parseForm(written)
  if ('problems' in form) throw invalid(file, form.problems)
  return form.value
}

function testProblems(test: ModelTest, outputs: ModelCard['outputs']): string[] {
  return Object.entries(test.expected).flatMap(([name, row]) => {
    const output = outputs.find((one) => one.name === name)
    if (!output) return [`test.expected.${name}: the model has no output of that name`]
    return row.length === output.width ? [] : [`test.expected.${name}: ${row.length} numbers, the output has ${output.width}`]
  })
}

function invalid(file: string, problems: readonly string[]): ModelError {
  return new ModelError('CARD_INVALID', problems.map((problem) => `${file}: ${problem}`).join('\n'), { at: { file } })
}

async function cardText(folder: string): Promise<readonly [name: string, text: string]> {
  for (const name of cardFiles) {
    try {
      return [name, textIn(await readPlain(path.join(folder, name), mostBytes), path.join(folder, name))]
    } catch (cause) {
      if (cause instanceof ModelError) throw cause
      const code = (cause as NodeJS.ErrnoException).code
      if (code !== 'ENOENT' && code !== 'ENOTDIR')
        throw new ModelError('CARD_INVALID', `${path.join(folder, name)} cannot be read`, { cause })
    }
  }
  throw new ModelError('MODEL_MISSING', `${folder} holds no model: neither ${cardFiles.join(' nor ')} is there`, {
    hint: 'write a card with: tiastream models import my.onnx',
  })
}
