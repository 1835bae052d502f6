import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import type { Batch } from '../../src/core/batch.js'
import { tee } from '../../src/flow/tee.js'
import { BitBlocks } from '../../src/geometry/bit-blocks.js'
import { Mask } from '../../src/geometry/coverage.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import { sinkApart } from '../../src/pipeline/run/sink-apart.js'
import { sinks } from '../../src/sinks/registry.js'
import { hashesOf, writePipeline } from '../../test/support/pipeline-file.js'
import { writeSmallModel } from '../../test/support/small-model.js'
import { tempFolder } from '../../test/support/temp.js'

const drawing = ['overlay', 'map', 'mask', 'samples', 'thumbnail']

test('a sink that draws is opened in a helper, and its bytes are those that it has on the main thread', async (t) => {
  const folder = await tempFolder(t)
  await writeSmallModel(folder)
  const asked = '[csv, overlay, map, mask, samples, thumbnail]'
  const file = await writePipeline(folder, { model: './small', grid: '{ size: 56 px, at: 2 mpp, stride: 112 px }', sinks: asked })
  const plan = await readPlan(file)
  // Nobody here asks the description of such a sink for its work.
  const loads = drawing.map((name) => [name, sinks[name]!.load] as const)
  for (const name of drawing) Object.assign(sinks[name]!, { load: () => t.fail(`${name} was opened here`) })
  await runPipeline(plan)
  for (const [name, load] of loads) Object.assign(sinks[name]!, { load })
  const apart = await hashesOf(path.join(folder, 'out'))
  const { counts } = JSON.parse(await readFile(path.join(folder, 'out/.tiastream/receipts/demo.json'), 'utf8')) as {
    counts: Record<string, number>
  }
  t.true(counts['overview.tilesDecoded']! > 0, 'what helpers read is counted')

  // Sinks of somebody else, which happen to do the same, are opened on the main thread.
  const own = Object.fromEntries(Object.entries(sinks).map(([name, spec]) => [name, { ...spec }]))
  await runPipeline({ ...plan, environment: { ...plan.environment, sinks: own } }, { redo: true })
  t.deepEqual(await hashesOf(path.join(folder, 'out')), apart)
  t.is(Object.keys(apart).length, 6)
})

const numbers = (values: Float64Array): Batch => ({ length: values.length, columns: [{ type: 'float64', valid: null, values }] })

async function* batches(count: number): AsyncGenerator<Batch> {
  for (let i = 0; i < count; i++) yield numbers(Float64Array.of(i))
}

test('a sink in another thread takes its batches in order, some ahead of the one at work, and then it ends', async (t) => {
  const said: string[] = []
  let given = 0
  let most = 0
  let done = 0
  const writable = sinkApart({
    open: async () => said.push('open'),
    write: async ({ columns }) => {
      most = Math.max(most, given - done)
      await wait(1)
      said.push(`${(columns[0] as { values: Float64Array }).values[0]}`)
      done++
    },
    end: async () => said.push('end'),
    drop: async () => said.push('drop'),
  })
  const counted = async function* () {
    for await (const batch of batches(20)) {
      given++
      yield batch
    }
  }
  await tee(counted(), [writable])
  t.deepEqual(said, ['open', ...Array.from({ length: 20 }, (_, i) => `${i}`), 'end'])
  t.true(most <= 5, `${most} batches were on their way`)
})

test('what cannot be opened in another thread fails before the rows flow, and is let go of', async (t) => {
  const said: string[] = []
  const writable = sinkApart({
    open: () => Promise.reject(new Error('no such class')),
    write: async () => said.push('write'),
    end: async () => said.push('end'),
    drop: async () => said.push('drop'),
  })
  await wait(1)
  await t.throwsAsync(tee(batches(3), [writable]), { message: 'no such class' })
  t.deepEqual(said, ['drop'])
})

test('of a column that is a view on something larger only the part goes along', async (t) => {
  const large = Float64Array.from({ length: 1000 }, (_, i) => i)
  let sent: Batch | undefined
  const writable = sinkApart({
    open: async () => undefined,
    write: async (batch) => {
      sent = batch
    },
    end: async () => undefined,
    drop: async () => undefined,
  })
  const part = async function* () {
    yield numbers(large.subarray(10, 12))
  }
  await tee(part(), [writable])
  const { values } = sent!.columns[0] as { values: Float64Array }
  t.deepEqual([...values], [10, 11])
  t.is(values.buffer.byteLength, 16)
})

test('a mask that crossed threads says what it said', (t) => {
  const pictures = fc.record({ width: fc.integer({ min: 1, max: 200 }), height: fc.integer({ min: 1, max: 200 }), seed: fc.nat() })
  fc.assert(
    fc.property(pictures, ({ width, height, seed }) => {
      const data = Uint8Array.from({ length: width * height }, (_, i) => ((Math.floor(i / 7) * 31 + seed) % 5 < 2 ? 1 : 0))
      const mask = Mask.of({ width, height, data }, { width: width * 8, height: height * 8 })
      const other = Mask.ofParts(structuredClone(mask.parts()))
      const out = new Uint8Array(width * height)
      other.pixels.unpack(0, height, out)
      t.deepEqual(out, data)
      t.true(other.pixels instanceof BitBlocks)
      const region = { x: width, y: height, width: width * 3, height: height * 2 }
      t.is(other.coverage(region), mask.coverage(region))
      t.is(other.share, mask.share)
    }),
    { numRuns: 30 },
  )
})
