/** The thread of a device: which models it is asked about. */

import test, { type ExecutionContext } from 'ava'
import { batchIn } from '../../../src/core/batches/batch-bytes.js'
import { errorFrom } from '../../../src/core/errors.js'
import type { Roles } from '../../../src/core/roles.js'
import type { Column } from '../../../src/core/row.js'
import { Lanes } from '../../../src/flow/lanes.js'
import { prepareModel } from '../../../src/models/session/prepare.js'
import type { PlannedStage } from '../../../src/pipeline/plan/plan-type.js'
import { type BlockAnswer, type LaneData, type LaneJob, laneScript, type Ready } from '../../../src/pipeline/run/lane-protocol.js'
import { cardOf, meanCard, meanModel, plainBatch } from '../../models/folder.js'

const columns: readonly Column[] = [{ name: 'index', type: 'int32', about: '' }]

const stage = (name: string, placement: PlannedStage['placement'], more: object): PlannedStage =>
  ({ ...{ name, placement, from: 'batch', to: 'batch', options: {}, provides: {}, columns: [] }, ...more }) as PlannedStage

const infer = (model: string) => stage('infer', 'model', { options: { model }, provides: { answers: { model } as Roles['answers'] } })

/** A thread that two models may be asked in, of which one finds its device. */
async function thread(t: ExecutionContext) {
  const workerData: LaneData = {
    ...{ batch: 2, apart: true, toDevice: false, plugins: [], folder: '.', cacheBytes: 0, kind: null },
    stages: [infer('here'), infer('nowhere'), stage('merge', 'model', { to: 'rows', gives: columns })],
  }
  const lanes = new Lanes({ count: 1, script: laneScript, workerData, revive: (error) => errorFrom(error as never) })
  t.teardown(() => lanes.close())
  const prepared = await prepareModel(await cardOf(t, meanCard(), meanModel()))
  const devices = { here: ['cpu'], nowhere: ['coreml'] }
  const models = { here: prepared, nowhere: prepared }
  const [ready] = await lanes.setup<Ready>('models', { type: 'ready', models, devices } satisfies LaneJob)
  const ref = { kind: 'slide', id: 's', uri: 's', carried: {} } as const
  const ask = (...asked: string[]) => {
    const job: LaneJob = { type: 'batches', ref, batches: [plainBatch([[1, 2, 3], null])], models: asked }
    return lanes.call<BlockAnswer>(0, { body: job })
  }
  return { ready: ready!, ask }
}

test('a thread whose device one of several models could not have answers for the others: that one is asked in the lanes', async (t) => {
  const { ready, ask } = await thread(t)
  t.deepEqual([Object.keys(ready.entries), Object.keys(ready.refused)], [['here'], ['nowhere']])
  t.is(batchIn(columns, (await ask('here')).rows).length, 2)
  await t.throwsAsync(ask('here', 'nowhere'), { code: 'DEVICE_MISSING' })
})
