import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import type { Receipt } from '../../../src/pipeline/store/receipts.js'
import { storeOf } from '../../../src/pipeline/store/store-of.js'
import { whyAgain } from '../../../src/pipeline/store/why-again.js'
import { tempFolder } from '../../support/temp.js'

test('a finished slide stays as it is where all that it follows from, and its files, are the same; else it is told what is not', async (t) => {
  const output = await tempFolder(t)
  for (const file of ['a.csv', 'a.parquet']) await writeFile(path.join(output, file), '12345')
  const store = await storeOf(output)
  const identity = { bytes: 9, modified: 1, head: 'h', blocks: 'b' }
  const asked = { fingerprint: 'f', sinks: 's', reference: 'r', identity }
  const files = ['a.csv', 'a.parquet'].map((file) => ({ sink: 'x', file, bytes: 5 }))
  const why = (done: object, now: object = {}) => whyAgain({ ...asked, files, ...done } as unknown as Receipt, { ...asked, ...now }, store)
  const same = [{}, { identity: { ...identity, modified: 2 } }, { identity: { ...identity, blocks: undefined } }]
  for (const one of same) t.is(await why(one), null)
  const others: readonly (readonly [RegExp, ...object[]])[] = [
    [/slide has changed/, { identity: null }, { identity: { ...identity, bytes: 8 } }, { identity: { ...identity, head: 'i' } }],
    [/slide has changed/, { identity: { ...identity, blocks: 'c' } }],
    [/options have changed/, { fingerprint: 'g' }],
    [/what the list says of it has changed/, { reference: '' }],
    [/sinks have changed/, { sinks: 't' }],
  ]
  for (const [message, ...differ] of others) {
    for (const one of differ) {
      t.regex((await why(one)) ?? 'nothing', message)
      t.regex((await why({}, one)) ?? 'nothing', message)
    }
  }
  const odd = [{ file: 'b.csv', bytes: 5 }, ...[4, 6].map((bytes) => ({ file: 'a.csv', bytes }))]
  for (const one of odd) {
    for (const all of [
      [one, files[0]],
      [files[0], one],
    ])
      t.regex((await why({ files: all })) ?? 'nothing', /missing or has another size/)
  }
})
