/** `tiastream report`: one self-contained HTML page for a run. */

import path from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { isAddress } from '../core/address.js'
import { openResults } from '../results/open.js'
import { modelOption } from './model-option.js'
import { renameOption } from './rename-option.js'
import { answer } from './say.js'
import { untilSignal } from './stop-on-signal.js'
import { warnChanged, warnTwins } from './warn-changed.js'

interface ReportFlags {
  readonly output?: string
  readonly rename: Readonly<Record<string, string>>
  readonly model?: string
}

export function reportCommand(): Command {
  return new Command('report')
    .description('write one self-contained HTML page for a finished run')
    .argument('<output>', 'output of a run: a folder, or s3://bucket/run7/')
    .option(
      '-o, --output <file>',
      'where to write the page, .html, also in a bucket; default: report.html in the output folder, or here when that is in a bucket',
      page,
    )
    .addOption(renameOption())
    .addOption(modelOption())
    .action(async (folder: string, { output, rename, model }: ReportFlags) => {
      await untilSignal(async (signal) => {
        const results = await openResults(folder, { model })
        const said = output ?? (isAddress(results.folder) ? 'report.html' : path.join(results.folder, 'report.html'))
        const { writeReport } = await import('../results/report/write.js')
        const bytes = await writeReport(results, said, { rename, signal, onSlide: progressOf(process.stderr) })
        await warnChanged(results)
        warnTwins(results)
        answer(`${isAddress(said) ? said : path.resolve(said)} (${(bytes / 1024 ** 2).toFixed(1)} MiB)\n`)
      })
    })
}

/** What people ask for who want another kind of file. */
function page(file: string): string {
  if (!/\.(pdf|docx?|odt|png|svg|jpe?g|md)$/i.test(file)) return file
  throw new InvalidArgumentError('the report is one HTML page: end it in .html (a browser prints it as PDF)')
}

/** A line that is written over, on a terminal only. */
function progressOf(stream: NodeJS.WriteStream): (done: number, all: number) => void {
  return (done, all) => {
    if (stream.isTTY && all > 1) stream.write(`\r${done} of ${all} slides${done === all ? '\n' : ''}`)
  }
}
