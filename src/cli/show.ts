/** `tiastream show`: what a table or an output folder is. */

import { Command } from 'commander'
import { isAddress } from '../core/address.js'
import { tableAt, whatIs } from '../core/files/what-is.js'
import { factsOf } from '../results/facts.js'
import { openResults } from '../results/open.js'
import { answer } from './say.js'
import { folderText, tableText } from './show-text.js'
import { warnChanged } from './warn-changed.js'

export function showCommand(): Command {
  return new Command('show')
    .description(
      'show what a table holds: rows, columns, classes, first rows, and what made it; of an output folder, its slides and tables',
    )
    .argument(
      '<table or folder>',
      '.parquet or .arrow file that tiastream wrote, or the output of a run; either may be an address: s3://bucket/run7/',
    )
    .option('--json', 'print it as JSON', false)
    .action(async (what: string, { json }: { json: boolean }) => {
      const text = (isAddress(what) ? tableAt(what) === null : (await whatIs(what)).kind === 'folder')
        ? await folder(what, json)
        : await table(what, json)
      answer(`${text}\n`)
    })
}

async function table(file: string, json: boolean): Promise<string> {
  const facts = await factsOf(file)
  return json ? JSON.stringify(facts, plain, 2) : tableText(facts)
}

async function folder(name: string, json: boolean): Promise<string> {
  const results = await openResults(name)
  await warnChanged(results)
  if (!json) return folderText(results)
  const slides = results.slides.map(({ id, table, receipt: { uri, status, rows, unreadable, unanswered, files, error } }) => {
    const failed = error === undefined ? {} : { error: { code: error.code, message: error.message } }
    return { id, uri, status, rows, unreadable, unanswered, table, files, ...failed }
  })
  return JSON.stringify({ folder: results.folder, slides, waiting: results.waiting ?? [] }, null, 2)
}

/** Vectors as lists; numbers that JSON has no word for as null would be silent, so as text. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Float32Array) return Array.from(value)
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
