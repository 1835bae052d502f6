/** `tiastream gather`: one table of all slides of an output, and their tables in few files. */

import { Command, InvalidArgumentError, Option } from 'commander'
import { counted } from '../core/text/counted.js'
import { type Gathered, gatherCohort } from '../pipeline/cohort/gather.js'
import { megabytes } from './amounts.js'
import { answer, aside } from './say.js'
import { untilSignal } from './stop-on-signal.js'

export function gatherCommand(): Command {
  return new Command('gather')
    .description(
      'sum up a whole output: cohort.parquet (a row a slide, failed ones too), manifest.json, and _SUCCESS when every slide has its receipt; a run does so at its end',
    )
    .argument('<output>', 'output folder of a run')
    .addOption(
      new Option(
        '--compact <size>',
        'also join the tables of all slides into files of about this size: 256MB writes compact/part-00000.parquet …',
      ).argParser(parseSize),
    )
    .option('--json', 'print it as JSON', false)
    .action(async (output: string, { compact, json }: { compact?: number; json: boolean }) => {
      await untilSignal(async (signal) => {
        const gathered = await gatherCohort(output, { signal, compact, onProgress: (message) => aside(`${message}\n`) })
        if (json) answer(`${JSON.stringify(gathered, null, 2)}\n`)
        else say(gathered)
        if (!gathered.isComplete) process.exitCode = 1
      })
    })
}

function say({ output, slides, rows, tables, bytes, cohort, isComplete, compact, warnings }: Gathered): void {
  const kinds = (['done', 'failed', 'waiting'] as const).filter((kind) => slides[kind] > 0).map((kind) => `${slides[kind]} ${kind}`)
  const lines = [
    `${output}: ${counted(slides.all, 'slide')}${kinds.length > 0 ? `: ${kinds.join(', ')}` : ''}`,
    `${counted(rows, 'row')} in ${counted(tables, 'table')}, ${megabytes(bytes)} in all files`,
    ...(compact
      ? [
          `compact/: ${counted(compact.parts.length, 'part')}, ${compact.made} of them made now, ${megabytes(compact.parts.reduce((sum, part) => sum + part.bytes, 0))}`,
        ]
      : []),
    `wrote ${cohort}, manifest.json${isComplete ? ', _SUCCESS' : ''}`,
  ]
  answer(`${lines.join('\n')}\n`)
  for (const warning of warnings) aside(`warning: ${warning}\n`)
}

const units: Readonly<Record<string, number>> = { kb: 1e3, mb: 1e6, gb: 1e9, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 }

function parseSize(written: string): number {
  const [, number, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(written) ?? []
  const bytes = Math.round(Number(number) * (units[unit.toLowerCase()] ?? Number.NaN))
  if (!(bytes >= 1000)) throw new InvalidArgumentError('write an amount with its unit: 256MB, 1GB, 64MiB; 1KB is the least')
  return bytes
}
