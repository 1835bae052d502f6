/** `tiastream evaluate`: predictions against labels, as a table, as JSON and as a picture. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { Command, InvalidArgumentError } from 'commander'
import type { FileKind } from '../core/files/may-replace.js'
import { commandFile } from '../pipeline/store/command-file.js'
import { type Evaluation, evaluate } from '../results/evaluate/evaluate.js'
import { textOf } from '../results/evaluate/text.js'
import { leftOverText, unfinishedText } from '../results/left-over.js'
import { openResults } from '../results/open.js'
import { writing } from '../sinks/common/file.js'
import { modelOption } from './model-option.js'
import { renameOption } from './rename-option.js'
import { answer } from './say.js'
import { untilSignal } from './stop-on-signal.js'
import { warnChanged, warnTwins } from './warn-changed.js'
import { warnHere } from './warn-here.js'

interface EvaluateFlags {
  readonly output: readonly string[]
  readonly json: boolean
  readonly rename: Readonly<Record<string, string>>
  readonly model?: string
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('score predictions against labels: accuracy, precision, recall, F1, confusion matrix, ROC AUC')
    .argument('<output>', 'output of a run whose rows have labels: a folder, or s3://bucket/run7/')
    .option('-o, --output <file>', 'write to a .json, .svg or .png as well; may be given several times', collect, [])
    .option('--json', 'print JSON instead of the table', false)
    .addOption(renameOption())
    .addOption(modelOption())
    .action(async (folder: string, { output, json, rename, model }: EvaluateFlags) => {
      await untilSignal(async (signal) => {
        const results = await openResults(folder, { model })
        const reads = results.slides.map(({ receipt }) => receipt.uri)
        const targets = output.map((file) => commandFile({ out: file, force: true, reads, kind: kindOf(file) }))
        for (const target of targets) await target.check()
        const evaluation = await evaluate(results, { rename, signal })
        const leftOver = leftOverText(results)
        if (leftOver !== null) warnHere(`their labels count, too: ${leftOver}`)
        const unfinished = unfinishedText(results)
        if (unfinished !== null) warnHere(`not all patches are counted: ${unfinished}`)
        await warnChanged(results)
        warnTwins(results)
        for (const target of targets) {
          const content = await contentOf(evaluation, target.place)
          signal.throwIfAborted()
          await writing(target.partial, () => writeFile(target.partial, content, { flush: true }))
          await target.publish()
        }
        answer(json ? `${JSON.stringify(evaluation, null, 2)}\n` : textOf(evaluation))
      })
    })
}

const forms = ['.json', '.svg', '.png'] as const

async function contentOf(evaluation: Evaluation, file: string): Promise<string | Uint8Array> {
  if (path.extname(file).toLowerCase() === '.json') return `${JSON.stringify(evaluation, null, 2)}\n`
  const { pictureOf } = await import('../results/evaluate/pictures.js')
  const svg = await pictureOf(evaluation)
  if (path.extname(file).toLowerCase() === '.svg') return `${svg}<!-- tiastream evaluate -->\n`
  return signed(await (await import('../results/plots/png.js')).pngOf(svg))
}

/** A PNG that says who made it: a text behind its first chunk. */
function signed(png: Uint8Array): Uint8Array {
  const text = Buffer.from('tEXtSoftware\0tiastream', 'latin1')
  const chunk = Buffer.alloc(text.length + 8)
  chunk.writeUInt32BE(text.length - 4, 0)
  text.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(text), text.length + 4)
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)])
}

/** An evaluation of ours is made anew without being asked; anything else is never replaced. */
function kindOf(file: string): FileKind {
  const end = path.extname(file).toLowerCase()
  return end === '.json' ? 'evaluation' : end === '.svg' ? 'evaluation svg' : 'evaluation png'
}

function collect(file: string, files: readonly string[]): string[] {
  if (!forms.some((form) => file.toLowerCase().endsWith(form))) {
    throw new InvalidArgumentError(`${file} ends in none of ${forms.join(', ')}`)
  }
  return [...files, file]
}
