import test from 'ava'
import { devicesFor, laneDevices } from '../../src/core/precision.js'

test('auto lets the processor be that of either library, bf16 only that of one, and what is no choice changes nothing', (t) => {
  t.deepEqual(devicesFor(['cpu'], undefined), ['cpu'])
  t.deepEqual(devicesFor(['cpu'], 'fp32'), ['cpu'])
  t.deepEqual(devicesFor(['openvino', 'cpu'], 'int8'), ['openvino', 'cpu'])
  t.deepEqual(devicesFor(['cpu'], 'auto'), ['openvino', 'cpu'])
  t.deepEqual(devicesFor(['cuda', 'cpu'], 'auto'), ['cuda', 'openvino', 'cpu'])
  t.deepEqual(devicesFor(['cpu', 'openvino'], 'auto'), ['openvino', 'cpu'])
  t.deepEqual(devicesFor(['cuda:1', 'cpu'], 'bf16'), ['cuda:1', 'openvino'])
})

test('lanes ask the processor, by whichever library', (t) => {
  t.deepEqual(laneDevices(['cuda:0+cuda:1', 'openvino', 'webgpu', 'cpu']), ['openvino', 'cpu'])
})
