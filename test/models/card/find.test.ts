/** Where a model is looked for, and what is said of a folder that is nearly one. */

import path from 'node:path'
import test from 'ava'
import { ModelError } from '../../../src/core/errors.js'
import { findModel } from '../../../src/models/card/find.js'
import { folderOf } from '../../sources/support.js'

test('a folder with a graph and no card is told what it lacks, not that it is not there', async (t) => {
  const here = await folderOf(t, { 'tumour/net.onnx': 'x' })
  const error = await t.throwsAsync(findModel('./tumour', here), { instanceOf: ModelError, code: 'CARD_MISSING' })
  t.true(error?.message.includes('net.onnx'))
  t.true(error?.hint?.includes(`models import ${path.join(here, 'tumour', 'net.onnx')}`))
})

test('a folder with neither is no model', async (t) => {
  const here = await folderOf(t, { 'tumour/readme.txt': 'x' })
  await t.throwsAsync(findModel('./tumour', here), { instanceOf: ModelError, code: 'MODEL_MISSING' })
})

test('a folder with a card is one, whatever else it holds', async (t) => {
  const here = await folderOf(t, { 'tumour/model.yml': 'name: tumour', 'tumour/net.onnx': 'x' })
  t.is(await findModel('./tumour', here), path.join(here, 'tumour'))
})
