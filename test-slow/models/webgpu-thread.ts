/** The thread of webgpu.test.ts: opens the model on webgpu, answers one batch, ends. */

import { parentPort, workerData } from 'node:worker_threads'
import type { PatchBatch } from '../../src/core/items.js'
import type { ModelCard } from '../../src/core/model.js'
import { openModel } from '../../src/models/session/open.js'

const model = await openModel(workerData as ModelCard, { devices: ['webgpu'] })
parentPort!.once('message', async (batch: PatchBatch) => {
  const answered = await model.predict(batch)
  await model.close()
  parentPort!.postMessage(answered)
})
