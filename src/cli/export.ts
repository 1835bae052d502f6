/** `tiastream export`: a finished table as a file of another tool, or as a picture at any resolution. */

import { Command, InvalidArgumentError } from 'commander'
import { counted } from '../core/counted.js'
import { exportForms, exportTable } from '../pipeline/export.js'

interface ExportFlags {
  readonly to: string
  readonly output?: string
  readonly at?: string
  readonly slide?: string
  readonly set: Readonly<Record<string, unknown>>
  readonly force: boolean
}

export function exportCommand(): Command {
  return new Command('export')
    .description(
      'write a finished table in the form another tool loads (QuPath, TIAToolbox, CLAM, wsinfer, GIS), or draw it: map, overlay, samples',
    )
    .argument('<table>', '.parquet file that tiastream wrote')
    .requiredOption('--to <form>', `what to write: ${exportForms.join(', ')}`)
    .option('-o, --output <file>', 'where to write; default: beside the table')
    .option('--at <resolution>', "resolution of a map, overlay or thumbnail, for example '4 mpp'")
    .option('--slide <file>', 'where the slide is now; the table knows where it was')
    .option('--set <option=value>', 'an option of the sink; may be given several times', setting, {})
    .option('--force', 'replace an earlier export', false)
    .action(async (table: string, { to, output, at, slide, set, force }: ExportFlags) => {
      const stop = stopOnSignal()
      try {
        const where = { ...(output === undefined ? {} : { output }), ...(slide === undefined ? {} : { slide }) }
        const options = { ...set, ...(at === undefined ? {} : { at }) }
        const { file, rows } = await exportTable(table, { to, options, force, signal: stop.signal, ...where })
        process.stdout.write(`${file}: ${counted(rows, 'row')}\n`)
      } catch (error) {
        if (!stop.signal.aborted) throw error
        process.exitCode = stop.exitCode()
      } finally {
        stop.forget()
      }
    })
}

/** `--set probabilities=false`: numbers, true and false are what they look like, the rest is text. */
function setting(written: string, before: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const equals = written.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('write option=value')
  return { ...before, [written.slice(0, equals)]: valueFrom(written.slice(equals + 1)) }
}

function valueFrom(text: string): unknown {
  return /^(true|false|-?\d+(\.\d+)?)$/.test(text) ? JSON.parse(text) : text
}

const numbers = { SIGINT: 2, SIGTERM: 15 } as const

/** The first signal stops the export, which then removes what it began. */
function stopOnSignal() {
  const controller = new AbortController()
  let code = 0
  const onSignal = (name: NodeJS.Signals) => {
    code = 128 + numbers[name as keyof typeof numbers]
    controller.abort(new Error(`stopped by ${name}`))
  }
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    exitCode: () => code,
    forget: () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  }
}
