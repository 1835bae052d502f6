import test from 'ava'
import { cardsPattern, kindOf, placeName, placesOf, runsInLanes } from '../../src/core/devices.js'

test('an entry of the list of devices names cards', (t) => {
  t.deepEqual(placesOf('cuda'), [{ device: 'cuda', card: 0 }])
  t.deepEqual(placesOf('cuda:3'), [{ device: 'cuda', card: 3 }])
  t.deepEqual(placesOf('tensorrt:0+tensorrt:2').map(placeName), ['tensorrt:0', 'tensorrt:2'])
  t.deepEqual(placesOf('cpu').map(placeName), ['cpu'])
  t.is(kindOf('cuda:0+cuda:1'), 'cuda')
  t.deepEqual(['cpu', 'cuda:1', 'webgpu'].map(runsInLanes), [true, false, false])
})

test('what joins nothing is refused in words', (t) => {
  const why = (entry: string) => t.throws(() => placesOf(entry))!.message
  t.regex(why('toaster'), /is no device; these are: cpu, /)
  t.regex(why('webgpu:1'), /has no GPUs to choose from/)
  t.regex(why('cuda:0+tensorrt:1'), /joins devices of two kinds/)
  t.regex(why('cuda:1+cuda:1'), /names a GPU twice/)
  t.regex(why('cuda:0+'), /is no device/)
})

test('the pattern that options take is that of cards', (t) => {
  for (const good of ['cuda:0', 'cuda:12', 'cuda:0+cuda:1', 'tensorrt:1']) t.true(cardsPattern.test(good), good)
  for (const bad of ['cuda:', 'cuda:0+cpu', 'cuda:0+tensorrt:1', 'cpu:0', 'cuda:0+', 'cuda:1000']) t.false(cardsPattern.test(bad), bad)
})
