/** An output folder of odd slides: names of files as people give them, no answer at all, one class, many classes, rows that lack columns. */

import type { Row } from '../../src/core/row.js'
import { type Class, columnsOf, probabilitiesOf, writeSlide } from './outputs.js'

/** Names that mean something to an address, a page or a shell. */
export const oddNames = [
  'two words',
  'a#b',
  '100%',
  '50%25',
  'a+b&c=d',
  `it's "quoted"`,
  '腫瘍 é',
  '<b>bold',
  '?x=1',
  'a;b,c',
  '__proto__',
  '..x',
  '$&',
]

/** Classes as cards name them. */
export const oddClasses: readonly Class[] = ['<b>bold</b>', 'опухоль', '腫瘍', 'a & b', '"quoted"', '$&', 'non-small cell'].map(
  (name, i) => ({
    name,
    color: `#${(0x102030 * (i + 1)).toString(16).padStart(6, '0')}`,
  }),
)

const side = 100

interface Given {
  readonly prediction: number | null
  readonly status?: string
}

function rowsOf(slide: string, classes: readonly Class[], given: readonly Given[]): Row[] {
  return given.map(({ prediction, status = 'ok' }, index) => ({
    ...{ slide, index, x0: 0, y0: 0, x1: side, y1: side, base_x: index * side, base_y: 0, base_w: side, base_h: side, tissue: 1 },
    ...{ status, prediction, class: prediction === null ? null : classes[prediction]!.name },
    ...Object.fromEntries(probabilitiesOf(classes).map((name, i) => [name, status === 'ok' ? (i === prediction ? 0.9 : 0.1) : null])),
  }))
}

async function write(folder: string, id: string, classes: readonly Class[], given: readonly Given[], without: readonly string[] = []) {
  const about = { kind: 'slide', width: given.length * side, height: side, mpp: { x: 1, y: 1 } } as const
  const columns = columnsOf(classes, 'slide', false).filter(({ name }) => !without.includes(name))
  const rows = rowsOf(id, classes, given).map(
    (row) => Object.fromEntries(Object.entries(row).filter(([name]) => !without.includes(name))) as Row,
  )
  await writeSlide(folder, { id, classes, columns, rows, about })
}

/** 60 classes, class i with 60 - i patches. */
export const many: readonly Class[] = Array.from({ length: 60 }, (_, i) => ({ name: `class ${i}`, color: '#e41a1c' }))

export async function writeOdd(folder: string): Promise<void> {
  for (const name of oddNames)
    await write(
      folder,
      name,
      oddClasses,
      oddClasses.map((_, prediction) => ({ prediction })),
    )
  const silent = (status: string) => ({ prediction: null, status })
  await write(folder, 'silent', oddClasses, [silent('unreadable'), silent('unanswered'), silent('unanswered')])
  await write(folder, 'one', oddClasses.slice(0, 1), [{ prediction: 0 }, { prediction: null }, { prediction: null }, silent('unreadable')])
  await write(
    folder,
    'many',
    many,
    many.flatMap((_, i) => Array.from({ length: 60 - i }, () => ({ prediction: i }))),
  )
  await write(folder, 'named only', oddClasses, [{ prediction: 1 }, { prediction: 1 }], ['prediction', ...probabilitiesOf(oddClasses)])
}
