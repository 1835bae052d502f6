/** `tiastream models import`: an ONNX file becomes a model. */

import { stat } from 'node:fs/promises'
import path from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { onlyGiven } from '../../core/argument.js'
import { ModelError } from '../../core/errors.js'
import { ratio } from '../../core/options.js'
import { parsed } from '../../core/text/parsed.js'
import { classesOf } from '../../workshop/own/class-names.js'
import { importModel } from '../../workshop/own/import.js'
import type { ImportOptions } from '../../workshop/own/import-form.js'
import { pools } from '../../workshop/own/pool.js'
import { classNames } from '../classes-option.js'
import { answer } from '../say.js'
import { orLeave } from '../stop-on-signal.js'
import { aboveZero, triple } from './colour-numbers.js'
import { withOutput } from './output-option.js'
import { parseAt } from './parse-at.js'

/** As typed: class names are still one text, or a file; name and folder may be absent. */
interface ImportFlags extends Omit<ImportOptions, 'out' | 'name' | 'classes' | 'input' | 'output'> {
  readonly output?: string
  readonly modelInput?: string
  readonly modelOutput?: string
  readonly name?: string
  readonly classes?: string
}

export function importCommand(): Command {
  const command = new Command('import')
    .description('make a model of an ONNX file: look into it, write its card and a test vector, say what was assumed')
    .argument('<onnx>', 'the file')
  return withOutput(command, 'the folder to make; default: the name, in the current folder')
    .option('--name <name>', 'how it is called in results; default: the name of the folder or file')
    .option(
      '--classes <a,b,c|file>',
      'class names in the order of the output, one with a comma in double quotes; or a file with a name a line',
    )
    .option('--size <px>', 'pixels of a patch: 224 or 320x240', parseSize)
    .option('--at <resolution>', "what it was trained on: 0.5mpp or '20 power'", parseAt)
    .addOption(new Option('--layout <layout>', 'default: where the graph has its 3 channels').choices(['NHWC', 'NCHW']))
    .addOption(new Option('--channels <order>', 'default: RGB').choices(['RGB', 'BGR']))
    .option('--scale <number>', 'pixels are multiplied by it: 1/255 or 1', parseScale)
    .option('--mean <r,g,b>', 'subtracted after that', triple)
    .option('--std <r,g,b>', 'divided by after that', aboveZero)
    .addOption(new Option('--activation <name>', 'turns its answers into probabilities').choices(['none', 'softmax', 'sigmoid']))
    .option('--model-input <name>', 'which of its inputs takes the picture')
    .option('--model-output <name>', 'which of its outputs is wanted')
    .addOption(
      new Option('--pool <way>', 'which vector to take, where it gives one for every token or place of a patch').choices([...pools]),
    )
    .option('--prefix-tokens <n>', 'with --pool: tokens before those of patches: the class token and registers', parseWhole)
    .option('--mask', 'it says of every pixel whether it is tissue: for mask: { model: … }')
    .option('--threshold <value>', 'with --mask: tissue is where it says more than this', parseNumber)
    .option('--channel <n>', 'with --mask: which of the numbers of a pixel, counted from 0; default: the last', parseWhole)
    .option('--licence <text>', 'of the weights')
    .option('--about <text>', 'one sentence')
    .option('--force', 'replace what is there', false)
    .action((file: string, flags: ImportFlags) => orLeave(() => imported(file, flags)))
}

async function imported(file: string, { classes, output, modelInput, modelOutput, ...flags }: ImportFlags): Promise<void> {
  const there = await stat(file).catch(() => null)
  if (there?.isDirectory()) {
    // TensorFlow saves folders, and so do Hugging Face and Triton.
    const hint = 'name the .onnx file in it; of a SavedModel of TensorFlow python -m tf2onnx.convert --saved-model makes one'
    throw new ModelError('MODEL_MISSING', `${file} is a folder`, { hint })
  }
  if (!there?.isFile()) throw new ModelError('MODEL_MISSING', `there is no file ${file}`, { hint: 'name the .onnx file of a model' })
  const name = flags.name ?? (output === undefined ? path.parse(file).name : path.basename(path.resolve(output)))
  const out = path.resolve(output ?? name)
  const named = onlyGiven({ classes: classes === undefined ? undefined : await namesOf(classes), input: modelInput, output: modelOutput })
  const { card, found, assumed } = await importModel(file, { ...flags, ...named, name, out })
  const lines = [
    `${card.name} is ready: ${card.folder}`,
    ...found.map((line) => `  found    ${line}`),
    ...assumed.map((line) => `  assumed  ${line}`),
    `  look     tiastream models verify ${output ?? name}`,
  ]
  answer(`${lines.join('\n')}\n`)
}

async function namesOf(written: string): Promise<string[]> {
  const file = await stat(written).catch(() => null)
  return file?.isFile() ? classesOf(written) : classNames(written)
}

function parseSize(written: string): readonly [number, number] {
  const [, w = '', h = w] = /^(\d+)(?: ?px)?(?: ?[x×] ?(\d+)(?: ?px)?)?$/.exec(written) ?? []
  const [width, height] = [Number(w), Number(h)]
  if (!(width >= 1 && height >= 1 && width <= 65_535 && height <= 65_535)) throw new InvalidArgumentError('write 224 or 320x240')
  return [width, height]
}

function parseScale(written: string): number {
  const scale = parsed(ratio(), Number.isNaN(Number(written)) ? written : Number(written))
  if ('problems' in scale) throw new InvalidArgumentError('write 1/255, 1/127.5 or 1')
  return scale.value
}

function parseNumber(written: string): number {
  const value = Number(written)
  if (written.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('write a number')
  return value
}

function parseWhole(written: string): number {
  if (!/^\d{1,6}$/.test(written)) throw new InvalidArgumentError('write a whole number: 0, 1, 2 …')
  return Number(written)
}
