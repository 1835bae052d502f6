import test from 'ava'
import type { PlannedStage } from '../../../src/pipeline/plan/plan-type.js'
import { segmentsFor } from '../../../src/pipeline/plan/segments-of-plan.js'

const stage = (name: string, placement: PlannedStage['placement']): PlannedStage => ({
  name,
  from: 'patch',
  to: 'patch',
  placement,
  options: {},
  provides: {},
  columns: [],
})
const stages = [
  stage('grid', 'address'),
  stage('mask', 'address'),
  stage('extract', 'pixels'),
  stage('batch', 'pixels'),
  stage('infer', 'model'),
  stage('merge', 'model'),
  stage('rows', 'rows'),
]
const drawn = (device: string, of = stages) =>
  segmentsFor(of, device).map(({ where, stages: s }) => `${where}: ${s.map((x) => x.name).join(' ')}`)

test('on a CPU the pixels and the model share a lane', (t) => {
  t.deepEqual(drawn('cpu'), ['main: grid mask', 'lane: extract batch infer merge', 'main: rows'])
})

test('on a GPU the model has its own thread', (t) => {
  t.deepEqual(drawn('cuda'), ['main: grid mask', 'lane: extract batch', 'device: infer merge', 'main: rows'])
})

test('without a model, and without stages', (t) => {
  t.deepEqual(drawn('cpu', stages.toSpliced(4, 1)), ['main: grid mask', 'lane: extract batch merge', 'main: rows'])
  t.deepEqual(segmentsFor([], 'cpu'), [])
})
