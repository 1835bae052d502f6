/** The legend that report and viewer show: what is there, the most first, and nothing left out without a word. */

import test from 'ava'
import fc from 'fast-check'
import { areaOf } from '../../src/results/area.js'
import { ClassTally, mostLines } from '../../src/results/class-tally.js'
import { noAnswer, noClass } from '../../src/results/given.js'
import { ranked } from '../../src/sinks/picture/ranked.js'
import { metadata, model } from '../sinks/tables.js'
import { columnsOf } from './outputs.js'

function tallyOf(names: readonly string[], given: readonly number[]): ClassTally {
  const classes = names.map((name) => ({ name, color: '#123456' }))
  const columns = columnsOf(classes, 'slide', false)
  const table = metadata(columns)
  const slide = { ...table.slide, kind: 'slide' as const, width: 1000, height: 1000, mpp: { x: 1, y: 1 } }
  const { grid: _none, ...rest } = table
  const outputs = [{ name: 'out', kind: 'classes' as const, classes, width: classes.length }]
  const tally = new ClassTally({ metadata: { ...rest, slide, model: { ...model, outputs } }, columns })
  for (const one of given) tally.add(one, { x: 0, y: 0, width: 100, height: 100 })
  return tally
}

const named = (count: number) => Array.from({ length: count }, (_, i) => `class ${i}`)

test('shares are of the patches with an answer; areas are those of the patches', (t) => {
  const { legend, answered, predicted } = tallyOf(['a', '<b>', 'c'], [1, 1, 1, 0, noClass, noAnswer, noAnswer])
  t.deepEqual([answered, predicted], [5, 4])
  // Patches of 0.1 mm x 0.1 mm.
  t.deepEqual(
    legend.lines.map(({ key, name, count, share, area }) => [key, name, count, share, area]),
    [
      [1, '<b>', 3, '60 %', '0.03 mm²'],
      [0, 'a', 1, '20 %', '0.01 mm²'],
      [noClass, 'no class', 1, '20 %', '0.01 mm²'],
      [noAnswer, 'no answer', 2, null, '0.02 mm²'],
    ],
  )
  t.deepEqual([legend.rest, legend.absent], [[], 1])
})

test('of small patches at a fraction of the resolution, whose sizes in the rows are rounded up, the area is that of the grid', (t) => {
  const table = metadata(columnsOf([{ name: 'a', color: '#123456' }], 'slide', false))
  const slide = { ...table.slide, kind: 'slide' as const, width: 1000, height: 1000, mpp: { x: 0.9, y: 0.9 } }
  const areaWith = (stride: number) => {
    const grid = {
      at: { value: 1, units: 'mpp' as const },
      patch: [16, 16] as [number, number],
      stride: [stride, stride] as [number, number],
    }
    return areaOf({ slide, grid })!
  }
  // 16 µm a side are 17.78 px of 0.9 µm, 18 in the rows.
  const row = { x: 18, y: 36, width: 18, height: 18 }
  const isAbout = (mm2: number, wanted: number) => t.true(Math.abs(mm2 / wanted - 1) < 1e-9, `${mm2}`)
  isAbout(areaWith(16)(row), 16 ** 2 / 1e6)
  isAbout(areaWith(8)(row), 8 ** 2 / 1e6)
  // Of another size than the grid's it is what it says.
  isAbout(areaWith(16)({ ...row, width: 20, height: 20 }), 18 ** 2 / 1e6)
  isAbout(areaOf({ slide })!(row), (18 * 0.9) ** 2 / 1e6)
})

test('nothing but patches without an answer, and nothing at all', (t) => {
  t.deepEqual(
    tallyOf(['a'], [noAnswer, noAnswer]).legend.lines.map(({ name, count, share }) => [name, count, share]),
    [['no answer', 2, null]],
  )
  t.deepEqual(tallyOf(['a', 'b'], []).legend, { lines: [], rest: [], absent: 2 })
})

test('of many classes the rarest are summed up in the last line, by number and by sum', (t) => {
  const exact = tallyOf(
    named(mostLines),
    named(mostLines).map((_, i) => i),
  ).legend
  t.deepEqual([exact.lines.length, exact.rest.length], [mostLines, 0])
  // Class i has i + 1 patches; ten more classes than lines, so eleven are summed up: 1 + 2 + … + 11.
  const many = named(mostLines + 10)
  const { lines, rest } = tallyOf(
    many,
    many.flatMap((_, i) => new Array<number>(i + 1).fill(i)),
  ).legend
  t.is(lines.length, mostLines)
  const last = lines.at(-1)!
  t.deepEqual([last.key, last.name, last.count, last.color], ['rest', 'and 11 others', 66, null])
  t.deepEqual(
    rest.toSorted((a, b) => a - b),
    Array.from({ length: 11 }, (_, i) => i),
  )
  t.is(last.area, '0.66 mm²')
})

test('every class with something is shown or in the rest, in order, and one alone is never the rest', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { maxLength: 30 }), fc.integer({ min: 2, max: 8 }), (amounts, lines) => {
      const { shown, rest } = ranked([...amounts.keys()], (i) => amounts[i]!, lines)
      const all = [...shown, ...rest]
      t.deepEqual(
        all.toSorted((a, b) => a - b),
        [...amounts.keys()].filter((i) => amounts[i]! > 0),
      )
      t.true(all.every((one, i) => i === 0 || amounts[all[i - 1]!]! >= amounts[one]!))
      t.true(shown.length + Math.min(1, rest.length) <= lines && rest.length !== 1)
    }),
  )
})
