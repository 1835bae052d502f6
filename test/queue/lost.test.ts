/** Slides that no worker could end have a receipt that says so, and a receipt that is there says more. */

import test, { type ExecutionContext } from 'ava'
import { type Receipt, readReceipt, receiptSchema } from '../../src/pipeline/store/receipts.js'
import { storeOf } from '../../src/pipeline/store/store-of.js'
import { settleFailed } from '../../src/queue/lost.js'
import { receiptOf } from '../results/outputs.js'
import { tempFolder } from '../support/temp.js'
import { writeReceipt } from '../support/write-receipt.js'

/** As BullMQ says it. */
const lost = 'job stalled more than allowable limit'
const files = [{ sink: 'csv', file: 'a.csv', bytes: 1 }]
const own = { code: 'SLIDE_TRUNCATED', family: 'SlideError', message: 'a.svs ends early' }
const receipt = (over: Partial<Receipt>): Receipt =>
  receiptOf('a', { schema: receiptSchema, fingerprint: 'f', sinks: 's', files, rows: 5, ...over })
const failed = (over: Partial<Receipt> = {}) => receipt({ status: 'failed', files: [], error: own, ...over })

/** What is told of a slide, and the receipt that is there afterwards. */
async function settled(t: ExecutionContext, there: Receipt | null, failedReason: string, progress: unknown = 0) {
  const output = await tempFolder(t)
  const store = await storeOf(output)
  await store.prepare()
  if (there) await writeReceipt(store, there)
  const record = { run: 'r', output, fingerprint: 'f', sinks: 's' } as Parameters<typeof settleFailed>[0]
  const data = { run: 'r', slide: 'a', ref: { id: 'a', uri: 'https://me:secret@host/a.svs' }, bytes: 9 }
  const job = { data, failedReason, progress } as unknown as Parameters<typeof settleFailed>[1]
  return { told: await settleFailed(record, job), now: await readReceipt(store, 'a') }
}

test('where nothing is written of this run, it is what the queue knows; files of an earlier run are named', async (t) => {
  for (const there of [null, receipt({ fingerprint: 'g' }), receipt({ sinks: 't' }), failed({ fingerprint: 'g', old: files })]) {
    for (const [reason, code, message] of [
      [lost, 'WORKER_LOST', /^a: each of 4 workers that took it was lost, the last one was w7$/],
      ['SLIDE_UNREACHABLE: no answer\nat all', 'SLIDE_UNREACHABLE', /^no answer\nat all$/],
      ['Error: boom', 'BUG', /^Error: boom$/],
    ] as const) {
      const { told, now } = await settled(t, there, reason, { worker: 'w7' })
      t.is(told.code, code)
      t.regex(told.message, message)
      t.like(now, { status: 'failed', rows: 0, files: [], fingerprint: 'f', sinks: 's', error: { code }, uri: 'https://host/a.svs' })
      t.deepEqual(now?.old, there === null ? undefined : files)
    }
  }
})

test('what a worker wrote of this run stays, and says more than the queue; lost workers say more than an earlier failure', async (t) => {
  for (const [there, reason, code] of [
    [failed(), 'SLIDE_UNREACHABLE: x', 'SLIDE_TRUNCATED'],
    [failed({ sinks: 't' }), 'SLIDE_UNREACHABLE: x', 'SLIDE_TRUNCATED'],
    [receipt({}), lost, 'WORKER_LOST'],
    [receipt({}), 'SLIDE_UNREACHABLE: x', 'SLIDE_UNREACHABLE'],
  ] as const) {
    const { told, now } = await settled(t, there, reason)
    t.is(told.code, code)
    t.like(now, { status: there.status, rows: there.rows, sinks: there.sinks })
  }
  const { told, now } = await settled(t, failed(), lost)
  t.is(told.message, 'a: each of 4 workers that took it was lost')
  t.is(now?.error?.code, 'WORKER_LOST')
})
