/** Output folders for tests: tables through the real Parquet sink, receipts as a run writes them. */

import { mkdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { batchesOf } from '../../src/core/batches/batches-of.js'
import { classColumns } from '../../src/core/columns/output-columns.js'
import type { ErrorRecord } from '../../src/core/errors.js'
import type { Column, Row } from '../../src/core/row.js'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { state } from '../../src/pipeline/store/result-store.js'
import { storeOf } from '../../src/pipeline/store/store-of.js'
import type { TableMetadata } from '../../src/sinks/common/metadata.js'
import { recordedContext } from '../../src/sinks/common/recorded.js'
import { metadata, model, openSink } from '../sinks/tables.js'
import { writeReceipt } from '../support/write-receipt.js'

/** How a run went, as far as pages are told. */
export const summary = {
  ...{ status: 'some slides failed', slides: { done: 1, failed: 1, skipped: 0 }, rows: 0, unreadable: 0, unanswered: 0, seconds: 1 },
  ...{ patchesPerSecond: 10, megapixelsPerSecond: 1, decodedPerTouched: null, peakRssBytes: 1e8, spentMs: {}, device: 'cpu' },
  ...{ interrupted: [], failures: [] },
}

export interface Class {
  readonly name: string
  readonly color: string
}

/** The columns of their probabilities. */
export const probabilitiesOf = (classes: readonly Class[]): readonly string[] => classColumns({ classes }).probabilities

/** Columns of a classified slide, or (without places) of a set of patches. */
export function columnsOf(classes: readonly Class[], kind: 'slide' | 'set', label: boolean): Column[] {
  const place: Column[] =
    kind === 'set'
      ? [{ name: 'file', type: 'string', about: 'Picture.' }]
      : [
          ...['x0', 'y0', 'x1', 'y1'].map((name): Column => ({ name, type: 'int32', about: name })),
          ...['base_x', 'base_y', 'base_w', 'base_h'].map((name): Column => ({ name, type: 'float64', about: name })),
          { name: 'tissue', type: 'float32', nullable: true, about: 'Share of tissue.' },
        ]
  return [
    { name: 'slide', type: 'category', about: 'Id.' },
    { name: 'index', type: 'int32', about: 'Number of the patch.' },
    ...place,
    { name: 'status', type: 'category', about: 'ok, or unreadable.' },
    { name: 'prediction', type: 'int32', nullable: true, about: 'Number of the class.' },
    { name: 'class', type: 'category', nullable: true, about: 'Name of the class.' },
    ...classes.map(({ name }, i): Column => {
      return { name: probabilitiesOf(classes)[i]!, type: 'float32', nullable: true, about: `Probability of ${name}.` }
    }),
    ...(label ? [{ name: 'label', type: 'category', nullable: true, about: 'What it is.' } as const] : []),
  ]
}

export interface FakeSlide {
  readonly id: string
  readonly classes: readonly Class[]
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  readonly about?: Partial<TableMetadata['slide']>
  /** Where it lies, as the receipt says. */
  readonly uri?: string
  /** Of the table: the one of today unless told otherwise. */
  readonly schemaVersion?: string
  /** Of a model without classes. */
  readonly outputs?: NonNullable<TableMetadata['model']>['outputs']
}

export function receiptOf(id: string, rest: Partial<Receipt> = {}): Receipt {
  return {
    schema: 'tiastream-receipt/1',
    slide: id,
    uri: `slides/${id}.svs`,
    status: 'done',
    fingerprint: 'cd'.repeat(32),
    sinks: 'ab'.repeat(32),
    reference: '12'.repeat(32),
    identity: null,
    files: [],
    rows: 0,
    unreadable: 0,
    unanswered: 0,
    patches: { resumed: 0, asked: 0 },
    counts: {},
    spentMs: { 'lanes.decode': 1234 },
    device: 'cpu',
    seconds: 12.5,
    warnings: [],
    ...rest,
  }
}

/** Writes `<id>.parquet` and its receipt. */
export async function writeSlide(
  folder: string,
  { id, classes, columns, rows, about, outputs, schemaVersion, uri = `slides/${id}.svs` }: FakeSlide,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const table = metadata(columns)
  const made: TableMetadata = {
    ...table,
    ...(schemaVersion === undefined ? {} : { schemaVersion }),
    slide: { ...table.slide, id, name: path.basename(uri), ...about },
    model: { ...model, outputs: outputs ?? [{ name: 'probabilities', kind: 'classes', classes: [...classes], width: classes.length }] },
  }
  const file = `${id}.parquet`
  const full = path.join(folder, file)
  await pipeline(batchesOf(columns, rows), await openSink('parquet', {}, recordedContext(made, full, new AbortController().signal)))
  const { size } = await stat(full)
  const unreadable = rows.filter(({ status }) => status !== 'ok').length
  await writeReceipt(
    await storeOf(folder),
    receiptOf(id, { uri, files: [{ sink: 'parquet', file, bytes: size }], rows: rows.length, unreadable }),
  )
}

export async function writeFailure(folder: string, id: string, error: ErrorRecord): Promise<void> {
  await writeReceipt(await storeOf(folder), receiptOf(id, { status: 'failed', error, seconds: 0.4 }))
}

export async function writeState(folder: string, name: string, content: unknown): Promise<void> {
  await mkdir(path.join(folder, state), { recursive: true })
  await writeFile(path.join(path.join(folder, state), name), JSON.stringify(content))
}
