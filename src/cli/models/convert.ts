/** `tiastream models convert`: weights of one's own, of a known architecture, become a model. */

import path from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Activation } from '../../core/model.js'
import type { Resolution } from '../../geometry/resolution.js'
import { architectures } from '../../workshop/convert/architectures/registry.js'
import { convertWeights } from '../../workshop/convert/own.js'
import { otherNetworks } from '../../workshop/convert/to-onnx.js'
import { classNames } from '../classes-option.js'
import { answer } from '../say.js'
import { orLeave } from '../stop-on-signal.js'
import { aboveZero, triple } from './colour-numbers.js'
import { convertHalf, withHalf } from './convert-fp16.js'
import { withOutput } from './output-option.js'
import { parseAt } from './parse-at.js'
import { progressOf } from './progress.js'

interface ConvertFlags {
  readonly arch: string
  readonly classes: readonly string[]
  readonly size: number
  readonly at?: Resolution
  readonly output: string
  readonly mean?: readonly [number, number, number]
  readonly std?: readonly [number, number, number]
  readonly activation?: Activation
  readonly finalRelu?: 'yes' | 'no'
  readonly transformInput?: 'yes' | 'no'
  readonly logits: boolean
  readonly features: boolean
  readonly force: boolean
  readonly fp16: boolean
}

export function convertCommand(): Command {
  const command = withHalf(new Command('convert'))
    .description('make a model of PyTorch or safetensors weights (TIAToolbox, torchvision or timm names), without Python')
    .argument('<weights>', 'state dict: .pth, .pt, .bin or .safetensors')
    .requiredOption('--arch <name>', `the network: ${Object.keys(architectures).join(', ')}`, parseArchitecture)
    .requiredOption('--classes <a,b,c>', 'class names in the order of the head; one with a comma in double quotes', classNames)
  return withOutput(command, 'the folder to make', { needed: true })
    .option('--size <px>', 'pixels of a patch', parseSize, 224)
    .option('--at <resolution>', 'what it was trained on: 0.5 mpp', parseAt)
    .option('--mean <r,g,b>', 'subtracted after dividing by 255', triple)
    .option('--std <r,g,b>', 'divided by after that', aboveZero)
    .addOption(
      new Option('--final-relu <yes|no>', 'DenseNet: a ReLU before pooling; default: as the library of the names does').choices([
        'yes',
        'no',
      ]),
    )
    .addOption(
      new Option('--transform-input <yes|no>', 'GoogLeNet of torchvision: made with its pretrained weights, it changes its input').choices([
        'yes',
        'no',
      ]),
    )
    .addOption(
      new Option('--activation <name>', 'turns its answers into probabilities; default: softmax, or sigmoid for one class').choices([
        'softmax',
        'sigmoid',
        'none',
      ]),
    )
    .option('--logits', 'also give the head before softmax', false)
    .option('--features', 'also give the pooled features', false)
    .option('--force', 'replace what is there', false)
    .action((weights: string, flags: ConvertFlags) => orLeave(() => converted(weights, flags)))
}

async function converted(weights: string, { arch, finalRelu, transformInput, output, ...flags }: ConvertFlags): Promise<void> {
  if (flags.fp16) return await convertHalf(weights, { out: output, force: flags.force })
  const name = path.basename(path.resolve(output))
  const progress = progressOf(name)
  const relu = finalRelu === undefined ? {} : { finalRelu: finalRelu === 'yes' }
  const input = transformInput === undefined ? {} : { transformInput: transformInput === 'yes' }
  const { card, found, assumed } = await convertWeights(weights, {
    ...flags,
    ...relu,
    ...input,
    name,
    out: output,
    architecture: arch,
    onStep: progress.step,
  })
  const lines = [
    `${name} is ready: ${card.folder}`,
    ...found.map((line) => `  found    ${line}`),
    ...assumed.map((line) => `  assumed  ${line}`),
  ]
  answer(`${lines.join('\n')}\n`)
}

function parseArchitecture(written: string): string {
  if (Object.hasOwn(architectures, written)) return written
  throw new InvalidArgumentError(`Known are ${Object.keys(architectures).join(', ')}; ${otherNetworks}.`)
}

function parseSize(written: string): number {
  const size = Number(written.replace(/ ?px$/, ''))
  if (!(Number.isInteger(size) && size > 0 && size <= 65_535)) throw new InvalidArgumentError('write 224')
  return size
}
