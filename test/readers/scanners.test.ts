/** A small slide of each scanner: what it is, how large a pixel is and who says so, every pixel of every level, and the pictures beside them. */

import test from 'ava'
import { scannerFiles } from '../../fixtures/scanner-files.js'
import { openBytes, readLevel, same } from './open-buffer.js'

for (const { name, bytes, expected, levels } of scannerFiles()) {
  test(`${name}: ${expected.about}`, async (t) => {
    const slide = await openBytes(t, bytes)
    const { info } = slide
    t.is(info.vendor, expected.vendor)
    t.deepEqual(
      info.levels.map((l) => [l.width, l.height, l.downsample.x] as const),
      [...expected.levels],
    )
    t.deepEqual(info.mpp, { x: expected.mpp, y: expected.mpp })
    t.is(info.mppSource, expected.mppSource)
    t.is(info.power, expected.power)
    t.deepEqual(
      info.bounds && [info.bounds.x, info.bounds.y, info.bounds.width, info.bounds.height],
      expected.bounds && [...expected.bounds],
    )
    t.is(info.warnings.length, expected.warning === undefined ? 0 : 1, info.warnings.join())
    t.true(info.warnings[0]?.startsWith(expected.warning ?? '') ?? true)
    for (const [level, { data }] of levels.entries()) same(t, await readLevel(slide, level), data, `level ${level}`)
    t.deepEqual([...info.associated], Object.keys(expected.associated))
    for (const [picture, [width, height]] of Object.entries(expected.associated)) {
      const { data, ...size } = await slide.associated(picture)
      t.deepEqual(size, { width, height }, picture)
      t.is(data.length, width * height * 3)
    }
  })
}
