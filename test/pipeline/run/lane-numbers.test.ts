import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../../src/core/package-root.js'
import { batch, definePipeline, extract, grid, infer, merge, slides } from '../../../src/index.js'
import type { Trial } from '../../../src/models/doctor/trial.js'
import { laneNumbers } from '../../../src/pipeline/run/lane-numbers.js'
import { meanCard, meanModel, modelFolder } from '../../models/folder.js'

const asked = (model: string, device: ('openvino' | 'cpu')[], more: { precision?: 'auto' } = {}) =>
  definePipeline({
    source: slides({ glob: path.join(packageRoot, 'fixtures/slides/demo.tif') }),
    stages: [grid({ size: '4 px', at: '8 mpp' }), extract(), batch(), infer({ model, device, ...more }), merge()],
  })

test('a library that answers something else, or takes its process along, is not computed by: the next of the list is, or nothing', async (t) => {
  const way = { device: 'openvino', numbers: 'fp32' } as const
  const says = (why: string, more: Partial<Trial> = {}) =>
    Promise.resolve({ ms: 0, tried: [{ ...way, ms: 0, agreement: { agrees: why === '', apart: 1, why } }], ...more })
  const mean = await modelFolder(t, meanCard('size: 4 px, scale: 1'), meanModel())
  const [plan, only] = await Promise.all([asked(mean, ['openvino', 'cpu']), asked(mean, ['openvino'])])
  for (const [ask, told] of [
    [
      () => says("output 'y' is 25 % off"),
      "openvino is not used: it says something else than onnxruntime of the same graph (output 'y' is 25 % off)",
    ],
    [() => Promise.reject(new Error('it ended with SIGILL')), 'openvino is not used: it ended with SIGILL'],
    [
      () => Promise.resolve({ ms: 0, tried: [{ ...way, why: 'device openvino does not work here: no Det' }] }),
      'openvino is not used: no Det',
    ],
  ] as const) {
    t.deepEqual(await laneNumbers(plan, [mean], null, ask), { [mean]: { device: 'cpu', computing: 'fp32', told: [told] } })
  }
  await t.throwsAsync(
    laneNumbers(only, [mean], null, () => says('25 % off')),
    { code: 'DEVICE_MISSING', message: /^openvino does not work here: it says something else .*25 % off/ },
  )
  const told = ['mean is computed by OpenVINO alone, and compared with nothing: no Nowhere']
  const alone = await laneNumbers(only, [mean], null, ({ pictures, only }) => {
    t.deepEqual([pictures.length, only], [1, 'answers'])
    return says('', { alone: 'no Nowhere' })
  })
  t.deepEqual(alone, { [mean]: { device: 'openvino', computing: 'fp32', told } })
})

test('where nothing narrower pays, auto is what the graph says: by OpenVINO where nothing else is in the list', async (t) => {
  const mean = await modelFolder(t, meanCard('size: 4 px, scale: 1'), meanModel())
  const agrees = { device: 'openvino', numbers: 'fp32', ms: 0, agreement: { agrees: true, apart: 0, why: '' } } as const
  for (const [list, device] of [
    [['openvino'], 'openvino'],
    [['openvino', 'cpu'], 'cpu'],
    [['cpu'], 'cpu'],
  ] as const) {
    const plan = await asked(mean, [...list], { precision: 'auto' })
    const found = await laneNumbers(plan, [mean], null, () => Promise.resolve({ ms: 0, tried: [agrees] }))
    t.like(found[mean], { device, computing: 'fp32' }, list.join())
  }
})
