import test from 'ava'
import type { Resolution } from '../../../src/geometry/resolution.js'
import { attributesOf } from '../../../src/sinks/clam/attributes.js'
import { metadataOf } from '../../../src/sinks/common/metadata.js'
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

test('of a slide that names no magnification it is the one that TRIDENT takes for pixels of its size', (t) => {
  const { power, ...slide } = metadata(predictionColumns).slide
  const { mpp, ...unknown } = slide
  const attributes = (about: typeof slide) => {
    const context = recordedContext({ ...metadata(predictionColumns), slide: about }, 'x', new AbortController().signal)
    const { level0_magnification, target_magnification } = attributesOf('trident', context, { ...region, width: 448, height: 448 })
    return [level0_magnification, target_magnification]
  }
  // WSI._fetch_magnification of TRIDENT; the patches have half the pixels of the slide.
  for (const [size, level0] of [
    [0.11, 80],
    [0.16, 60],
    [0.25, 40],
    [0.3, 20],
    [0.5, 20],
    [1, 10],
    [1.2, 5],
  ] as const) {
    t.deepEqual(attributes({ ...slide, mpp: { x: size, y: size } }), [level0, level0 / 2])
  }
  t.deepEqual(attributes({ ...slide, mpp: { x: 2.4, y: 2.4 } }), [undefined, undefined])
  t.deepEqual(attributes(unknown), [undefined, undefined])
})

test('overlap is what patches share', (t) => {
  const table = metadata(predictionColumns)
  const grid = { at: { value: 0.5, units: 'mpp' as const }, patch: [224, 224] as [number, number], stride: [112, 112] as [number, number] }
  const context = recordedContext({ ...table, grid }, 'x', new AbortController().signal)
  t.like(attributesOf('trident', context, region), { overlap: 112, patch_size: 224, patch_size_level0: 225 })
  // Of no row it is known by the grid: 224 px at 0.5 mpp of a slide of 0.25.
  t.like(attributesOf('clam', context, null), { patch_size: 448, patch_level: 0, name: 'S-1 é' })
  const placed = recordedContext({ ...table, grid: { ...grid, placed: true } }, 'x', new AbortController().signal)
  t.false('overlap' in attributesOf('trident', placed, region), 'of patches that others laid nobody knows it')
  t.is(metadataOf(placed).grid?.placed, true, 'and a table says so')
})

test('a table without a grid is refused', (t) => {
  const { grid, ...table } = metadata(predictionColumns)
  const context = recordedContext(table, 'x', new AbortController().signal)
  t.throws(() => attributesOf('clam', context, null), { name: 'SinkError', code: 'GRID_MISSING' })
})
