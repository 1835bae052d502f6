import test from 'ava'
import type { PlannedStage } from '../../../src/pipeline/plan/plan-type.js'
import { segmentsFor } from '../../../src/pipeline/plan/segments-of-plan.js'

const stage = (name: string, placement: PlannedStage['placement']): PlannedStage => ({
  name,
  from: 'patch',
  to: 'patch',
  placement,
  options: {},
  provides: placement === 'model' && name !== 'merge' ? { answers: { model: name, devices: ['cpu'] } } : {},
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
const drawn = (apart: readonly string[], of = stages) =>
  segmentsFor(of, new Set(apart)).map(({ where, stages: s }) => `${where}: ${s.map((x) => x.name).join(' ')}`)

test('on a CPU the pixels and the model share a lane', (t) => {
  t.deepEqual(drawn([]), ['main: grid mask', 'lane: extract batch infer merge', 'main: rows'])
})

test('on a GPU the model has its own thread', (t) => {
  t.deepEqual(drawn(['infer']), ['main: grid mask', 'lane: extract batch', 'device: infer merge', 'main: rows'])
})

test('without a model, and without stages', (t) => {
  t.deepEqual(drawn([], stages.toSpliced(4, 1)), ['main: grid mask', 'lane: extract batch merge', 'main: rows'])
  t.deepEqual(segmentsFor([], new Set()), [])
})

test('of several models those in the lanes are asked before those on a device, for pixels do not come back', (t) => {
  const three = stages.toSpliced(4, 1, stage('a', 'model'), stage('b', 'model'), stage('c', 'model'))
  t.deepEqual(drawn([], three), ['main: grid mask', 'lane: extract batch a b c merge', 'main: rows'])
  t.deepEqual(drawn(['a'], three), ['main: grid mask', 'lane: extract batch b c', 'device: a merge', 'main: rows'])
  t.deepEqual(drawn(['a', 'b', 'c'], three), ['main: grid mask', 'lane: extract batch', 'device: a b c merge', 'main: rows'])
})
