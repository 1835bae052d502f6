import test from 'ava'
import { inLanes } from '../../../src/pipeline/environment/in-lanes.js'
import { keepNoPixels, pixelMemory as memory } from '../../../src/pipeline/run/pixel-memory.js'

// Lengths that no other test of this thread uses, so that memory is only had from this one.

test('what the model has seen is the memory of the next pictures, once', (t) => {
  const buffer = memory.take(70_001)
  memory.giveBack(new Uint8Array(buffer, 0, 70_001))
  memory.giveBack(new Uint8Array(buffer, 0, 70_001))
  t.is(memory.take(70_001), buffer)
  t.not(memory.take(70_001), buffer)
})

test('a memory is used again when all its parts came back, each once; what lies elsewhere gives nothing back', (t) => {
  const buffer = memory.take(150_001)
  const foreign = new Uint8Array(150_001)
  memory.giveBack(new Uint8Array(buffer, 0, 75_001))
  memory.giveBack(new Uint8Array(buffer, 0, 75_001))
  memory.giveBack(foreign)
  t.false([buffer, foreign.buffer].includes(memory.take(150_001)))
  memory.giveBack(new Uint8Array(buffer, 75_001))
  t.is(memory.take(150_001), buffer)
})

test('memory may be larger than what was asked for: what lies in it is given back all the same', (t) => {
  const buffer = memory.take(400_003)
  memory.giveBack(new Uint8Array(buffer))
  t.is(memory.take(300_001), buffer)
  memory.giveBack(new Uint8Array(buffer, 0, 300_001))
  t.is(memory.take(400_003), buffer)
})

test('a stage of a plugin may keep what it has seen', (t) => {
  const stages = ['extract', 'measure', 'batch', 'infer', 'merge'].map((name) => ({ name }))
  t.true(keepNoPixels(stages, inLanes.work))
  const theirs = async () => ({ default: () => async function* () {} })
  t.false(keepNoPixels([...stages, { name: 'theirs' }], { ...inLanes.work, theirs } as never))
  t.false(keepNoPixels(stages, { ...inLanes.work, measure: theirs } as never), 'by the name of one of ours')
})
