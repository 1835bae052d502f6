/** `tiastream models convert NAME --fp16`: a model in half precision, for GPUs. */

import type { Command } from 'commander'
import { counted } from '../../core/text/counted.js'
import { readCard } from '../../models/card/card.js'
import { findModel } from '../../models/card/find.js'
import { convertToHalf, type HalfReport } from '../../workshop/fp16/convert.js'
import { difference, megabytes } from '../amounts.js'
import { answer } from '../say.js'
import { besideParent } from './beside-parent.js'

/** Lets `convert` take the name of a model in place of weights: then nothing else must be said. */
export function withHalf(command: Command): Command {
  return command
    .option('--fp16', 'compute in half precision, for GPUs: give the name or folder of a model in place of weights', false)
    .on('option:fp16', () => {
      for (const option of command.options) option.mandatory = false
    })
}

export async function convertHalf(name: string, { out, force }: { readonly out?: string; readonly force: boolean }): Promise<void> {
  const parent = await readCard(await findModel(name, process.cwd()))
  answer(halfText(await convertToHalf(parent, { out: besideParent(parent, out, 'fp16'), force })))
}

function halfText({ card, parent, agreement, bytes, large }: HalfReport): string {
  const { pictures, same, mean, most, of } = agreement
  const lines = [
    `${card.name} is ready: ${card.folder}`,
    `  made of               ${parent.name}; inputs and outputs are as they were`,
    ...(same === null ? [] : [`  same class            ${same} of ${pictures} pictures (noise, black, white), on the CPU`]),
    `  ${of === 'probabilities' ? 'probabilities differ ' : 'numbers differ       '} ${difference(mean)} on average, ${difference(most)} at most`,
    ...(large.length === 0
      ? []
      : [
          `  in floats             ${counted(large.length, 'result')} that ${large.length === 1 ? 'comes' : 'come'} near 65504, the largest half: ${large.slice(0, 3).join(', ')}`,
        ]),
    `  size                  ${(bytes.own / bytes.parent).toFixed(2)} × (${megabytes(bytes.parent)} → ${megabytes(bytes.own)})`,
    '  speed                 not measured: halves are for GPUs (infer: { device: [cuda, cpu] }); a CPU casts them to floats',
  ]
  return `${lines.join('\n')}\n`
}
