/** `tiastream models quantize`: an int8 model of a float one, and a report of what that did to its answers. */

import { stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { PipelineError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import { readCard } from '../../models/card/card.js'
import { findModel } from '../../models/card/find.js'
import { readPlan } from '../../pipeline/check/read-plan.js'
import { mayReplace } from '../../workshop/own/may-replace.js'
import type { Sample } from '../../workshop/quantize/parts.js'
import { fewestPictures, quantizeModel } from '../../workshop/quantize/quantize.js'
import { samplePatches } from '../../workshop/quantize/sample-patches.js'
import { samplePictures } from '../../workshop/quantize/sample-pictures.js'
import { noPluginsOption } from '../plugins-option.js'
import { answer } from '../say.js'
import { orLeave } from '../stop-on-signal.js'
import { besideParent } from './beside-parent.js'
import { withOutput } from './output-option.js'
import { progressOf } from './progress.js'
import { quantizeText } from './quantize-text.js'

interface QuantizeFlags {
  readonly calibrate: string
  readonly check?: string
  readonly output?: string
  readonly patches: number
  readonly keep: readonly string[]
  readonly sevenBits: boolean
  readonly force: boolean
  readonly plugins: boolean
  readonly json: boolean
}

export function quantizeCommand(): Command {
  const command = new Command('quantize')
    .description('make an int8 model of a float one (about 3 times as fast on a CPU with VNNI), and report how far its answers differ')
    .argument('<model>', 'name or folder of the model')
    .requiredOption('--calibrate <pipeline|folder>', 'where patches come from: a pipeline file, or a folder of pictures')
    .option(
      '--check <pipeline|folder>',
      'other patches, to compare on; default: some that were not calibrated on, from other slides where possible',
    )
  return withOutput(command, 'the folder to make; default: NAME-int8 beside the model')
    .option('--patches <n>', 'patches to calibrate on and compare with', parsePatches, 128)
    .addOption(noPluginsOption())
    .option('--keep <nodes>', 'names of nodes that stay in floats', (written) => written.split(','), [])
    .option('--seven-bits', 'weights of 7 bits, for processors without VNNI', false)
    .option('--force', 'replace what is there', false)
    .option('--json', 'print the report as JSON', false)
    .action((model: string, flags: QuantizeFlags) => orLeave(() => quantized(model, flags)))
}

async function quantized(model: string, flags: QuantizeFlags): Promise<void> {
  const parent = await readCard(await findModel(model, process.cwd()))
  const out = besideParent(parent, flags.output, 'int8')
  await mayReplace(out, flags.force, [parent.folder, flags.calibrate])
  const progress = progressOf(path.basename(out))
  progress.step(`patches from ${flags.calibrate}`)
  const samples = await samplesOf('--calibrate', flags.calibrate, flags.patches, parent, flags.plugins)
  const { check } = flags
  const others =
    check === undefined
      ? null
      : await samplesOf('--check', check, Math.max(fewestPictures, Math.ceil(flags.patches / 4)), parent, flags.plugins)
  const report = await quantizeModel(parent, {
    out,
    force: flags.force,
    reads: [flags.calibrate, ...(check === undefined ? [] : [check])],
    samples,
    ...(check === undefined || !others
      ? {}
      : { check: { pictures: others.map(({ data }) => data), from: path.basename(path.resolve(check)) } }),
    calibration: path.basename(path.resolve(flags.calibrate)),
    sevenBits: flags.sevenBits,
    keep: new Set(flags.keep),
    threads: os.availableParallelism(),
    onStep: progress.step,
  })
  progress.close()
  answer(flags.json ? `${JSON.stringify({ ...report, card: report.card.folder, parent: parent.folder })}\n` : quantizeText(report))
}

async function samplesOf(
  option: string,
  from: string,
  patches: number,
  { inputs, name }: ModelCard,
  plugins: boolean,
): Promise<readonly Sample[]> {
  const { width, height } = inputs[0]!
  const found = await stat(from).catch(() => null)
  if (!found)
    throw new PipelineError('FILE_MISSING', `${option} ${from}: there is no such file or folder`, {
      hint: `patches for ${name} come from a pipeline file or a folder of pictures`,
    })
  if (found.isDirectory()) return samplePictures(from, patches, [width, height])
  return (await samplePatches(await readPlan(from, { plugins }), patches, [width, height])).samples
}

function parsePatches(written: string): number {
  const patches = Number(written)
  if (!(Number.isInteger(patches) && patches >= fewestPictures && patches <= 4096))
    throw new InvalidArgumentError(`write a number from ${fewestPictures} to 4096`)
  return patches
}
