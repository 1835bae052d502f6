/** `tiastream evaluate`: predictions against labels, as a table, as JSON and as a picture. */

import path from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { type Evaluation, evaluate } from '../evaluate/evaluate.js'
import { textOf } from '../evaluate/text.js'
import { writeDurably } from '../pipeline/receipts.js'
import { openResults } from '../results/open.js'
import { renameOption } from './rename-option.js'

interface EvaluateFlags {
  readonly output: readonly string[]
  readonly json: boolean
  readonly rename: Readonly<Record<string, string>>
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('score predictions against labels: accuracy, precision, recall, F1, confusion matrix, ROC AUC')
    .argument('<output>', 'output folder of a run whose rows have labels')
    .option('-o, --output <file>', 'write to a .json, .svg or .png as well; may be given several times', collect, [])
    .option('--json', 'print JSON instead of the table', false)
    .addOption(renameOption())
    .action(async (folder: string, { output, json, rename }: EvaluateFlags) => {
      const evaluation = await evaluate(await openResults(folder), { rename })
      for (const file of output) await writeDurably(file, await contentOf(evaluation, file))
      process.stdout.write(json ? `${JSON.stringify(evaluation, null, 2)}\n` : textOf(evaluation))
    })
}

const forms = ['.json', '.svg', '.png'] as const

async function contentOf(evaluation: Evaluation, file: string): Promise<string | Uint8Array> {
  if (path.extname(file).toLowerCase() === '.json') return `${JSON.stringify(evaluation, null, 2)}\n`
  const { pictureOf } = await import('../evaluate/pictures.js')
  const svg = await pictureOf(evaluation)
  return path.extname(file).toLowerCase() === '.svg' ? svg : (await import('../plots/png.js')).pngOf(svg)
}

function collect(file: string, files: readonly string[]): string[] {
  if (!forms.some((form) => file.toLowerCase().endsWith(form))) {
    throw new InvalidArgumentError(`${file} ends in none of ${forms.join(', ')}`)
  }
  return [...files, file]
}
