import test from 'ava'
import type { Resolution } from '../../../src/geometry/resolution.js'
import { attributesOf } from '../../../src/sinks/clam/attributes.js'
import { recordedContext } from '../../../src/sinks/common/recorded.js'
import { metadata, predictionColumns } from '../tables.js'

const region = { x: 0, y: 0, width: 225, height: 225 }

function magnification(at: Resolution, power: number): unknown {
  const table = metadata(predictionColumns)
  const grid = { at, patch: [224, 224] as [number, number], stride: [112, 112] as [number, number] }
  const context = recordedContext({ ...table, grid, slide: { ...table.slide, power } }, 'x', new AbortController().signal)
  return attributesOf('trident', context, region).target_magnification
}

test('the magnification is the one asked for, or the whole number that is meant', (t) => {
  t.is(magnification({ value: 0.5, units: 'mpp' }, 20), 20)
  t.is(magnification({ value: 19.5, units: 'power' }, 20), 19.5)
  // 224 ÷ 225 of 1.25 is 1.24: no whole number is near.
  t.is(magnification({ value: 8, units: 'mpp' }, 1.25), (1.25 * 224) / 225)
})

test('overlap is what patches share', (t) => {
  const table = metadata(predictionColumns)
  const grid = { at: { value: 0.5, units: 'mpp' as const }, patch: [224, 224] as [number, number], stride: [112, 112] as [number, number] }
  const context = recordedContext({ ...table, grid }, 'x', new AbortController().signal)
  t.like(attributesOf('trident', context, region), { overlap: 112, patch_size: 224, patch_size_level0: 225 })
  t.like(attributesOf('clam', context, null), { patch_size: 224, patch_level: 0, name: 'S-1 é' })
})

test('a table without a grid is refused', (t) => {
  const { grid, ...table } = metadata(predictionColumns)
  const context = recordedContext(table, 'x', new AbortController().signal)
  t.throws(() => attributesOf('clam', context, null), { name: 'SinkError', code: 'GRID_MISSING' })
})
