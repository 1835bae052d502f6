import test from 'ava'
import type { Attributes } from '../../../src/readers/dicom/attributes.js'
import { referenceOf } from '../../../src/readers/dicom/reference.js'
import { tags } from '../../../src/readers/dicom/tags.js'

test('a zero is a zero, whatever sign a file gives it: that of a server that hands it on has none', (t) => {
  const values: Record<number, readonly number[]> = {
    [tags.ImageOrientationSlide]: [-0, -1, 0, -1, -0, 0],
    [tags.XOffsetInSlideCoordinateSystem]: [-0],
    [tags.YOffsetInSlideCoordinateSystem]: [50],
    [tags.PixelSpacing]: [0.0005, 0.0005],
  }
  const set = {
    text: () => undefined,
    decimals: (tag: number) => values[tag] ?? [],
    first: () => set,
  } as unknown as Attributes
  t.deepEqual(referenceOf(set, { width: 100, height: 50 }), {
    origin: { x: 0, y: 50 },
    across: { x: 0, y: -0.0005 },
    down: { x: -0.0005, y: 0 },
  })
})
