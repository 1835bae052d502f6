/** `tiastream export`: a finished table as a file of another tool, or as a picture at any resolution. */

import { Command, InvalidArgumentError } from 'commander'
import { isAddress } from '../core/address.js'
import { onlyGiven } from '../core/argument.js'
import { errorFrom, PipelineError, recordOf, SinkError, SlideError } from '../core/errors.js'
import { isOutput, tableAt } from '../core/files/what-is.js'
import { counted } from '../core/text/counted.js'
import { someOf } from '../core/text/some-of.js'
import { exportForms, exportTable } from '../pipeline/export.js'
import { openResults } from '../results/open.js'
import { withTables } from '../results/tables.js'
import { classNames } from './classes-option.js'
import { errorText, logFormOf } from './exit.js'
import { answer, aside } from './say.js'
import { untilSignal } from './stop-on-signal.js'
import { warnChanged } from './warn-changed.js'
import { warnUnread } from './warn-here.js'

interface ExportFlags {
  readonly to: string
  readonly output?: string
  readonly at?: string
  readonly slide?: string
  readonly classes?: readonly string[]
  readonly set: Readonly<Record<string, string>>
  readonly force: boolean
}

export function exportCommand(): Command {
  return new Command('export')
    .description(
      'write a finished table as another tool loads it (QuPath, TIAToolbox, CLAM, wsinfer, GIS), or draw it: map, mask of its patches, overlay, samples',
    )
    .argument(
      '<table or folder>',
      '.parquet file that tiastream wrote, or the output of a run: each of its tables; either may be an address',
    )
    .requiredOption('--to <form>', `what to write: ${exportForms.join(', ')}`)
    .option(
      '-o, --output <file>',
      "where to write, also in a bucket; for several tables with {slide} in it: '{slide}.8mpp.tif'; default: beside the table, or here when that is in a bucket",
    )
    .option('--at <resolution>', "resolution of a map, mask, overlay or thumbnail, for example '4 mpp'")
    .option('--slide <file>', 'where the slide is now; the table knows where it was')
    .option('--classes <a,b>', 'for a mask: only patches of these classes; one with a comma in double quotes', classNames)
    .option('--set <option=value>', 'an option of the sink; may be given several times', setting, {})
    .option('--force', 'replace an earlier export', false)
    .action(async (what: string, { to, output, at, slide, classes, set, force }: ExportFlags) => {
      const tables = await tablesOf(what, { output, slide })
      const where = onlyGiven({ output, slide })
      const options = onlyGiven({ at, classes })
      await untilSignal(async (signal) => {
        const failed: unknown[] = []
        for (const table of tables) {
          try {
            const { file, rows, of, unread } = await exportTable(table, { to, options, set, force, signal, ...where })
            answer(`${file}: ${rows === of ? '' : `${rows} of `}${counted(of, 'row')}\n`)
            warnUnread(file, unread)
          } catch (thrown) {
            if (signal.aborted) throw thrown
            const error = asTyped(thrown)
            // One table never stops the others; the first error is the answer, those after it are told here.
            if (failed.push(error) > 1) aside(errorText(error, logFormOf(process.argv)))
          }
        }
        if (failed.length > 0) throw failed[0]
      })
    })
}

/** Sinks tell their options as a pipeline has them; here they are typed. */
function asTyped(error: unknown): unknown {
  if (!(error instanceof SinkError || error instanceof PipelineError || error instanceof SlideError)) return error
  const typed = (text: string) =>
    text.replace(
      /\b(say|use|give) ([a-z_]+): /g,
      (_, verb: string, name: string) => `${verb} ${name === 'at' ? '--at ' : `--set ${name}=`}`,
    )
  const { message, hint, ...record } = recordOf(error)
  return errorFrom({ ...record, message: typed(message), ...(hint === undefined ? {} : { hint: typed(hint) }) })
}

/** The table itself, or those of an output folder. */
async function tablesOf(
  what: string,
  { output, slide }: { readonly output: string | undefined; readonly slide: string | undefined },
): Promise<readonly string[]> {
  const isOne = isAddress(what) ? tableAt(what) !== null : !(await isOutput(what))
  if (isOne) return [what]
  const results = await openResults(what)
  const tables = withTables(results).map(({ table }) => table)
  await warnChanged(results)
  const isOneFile = output !== undefined && !output.includes('{slide}')
  if (tables.length === 1 || !(isOneFile || slide !== undefined)) return tables
  const [option, instead] = isOneFile ? ['-o', `write {slide} into it, as in -o '${patternOf(output)}', or `] : ['--slide', '']
  throw new PipelineError('USAGE', `${what} holds ${tables.length} tables, and ${option} is for one of them`, {
    hint: `${instead}name one: ${someOf(tables, 3)}`,
  })
}

/** `maps/a.tif` of all: `maps/{slide}.a.tif`. */
const patternOf = (file: string): string => file.replace(/[^/\\]*$/, (name) => `{slide}.${name}`)

/** `--set probabilities=false`. */
function setting(written: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const equals = written.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('write option=value')
  return { ...before, [written.slice(0, equals)]: written.slice(equals + 1) }
}
