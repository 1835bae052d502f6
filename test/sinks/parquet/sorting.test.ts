import test from 'ava'
import { batchOf } from '../../../src/core/batches/rows-of.js'
import type { Column } from '../../../src/core/row.js'
import { sortingOf } from '../../../src/sinks/parquet/sorting.js'

const columns: Column[] = [
  { name: 'value', type: 'float32', about: '' },
  { name: 'slide', type: 'category', nullable: true, about: '' },
  { name: 'index', type: 'int32', nullable: true, about: '' },
]

/** Whether rows of these slides and indices say that they are in order. */
const isSaid = (rows: readonly (readonly [string | null, number | null])[], by = ['slide', 'index']) => {
  const batch = batchOf(
    columns,
    rows.map(([slide, index]) => ({ value: 0, slide, index })),
    0,
  )
  const sorting = sortingOf(columns, batch, by)
  return sorting?.map(({ column_idx, descending, nulls_first }) => [columns[column_idx]!.name, descending, nulls_first])
}

test('an order is declared where rows have it as readers compare them: texts by bytes of UTF-8, the second column among equals', (t) => {
  const said = [
    ['slide', false, false],
    ['index', false, false],
  ]
  // The words first come in another order than they stand in; a surrogate of UTF-16 is less than U+FF5E, and the character more.
  for (const rows of [
    [
      ['a', 2],
      ['a', 9],
      ['b', 1],
    ],
    [
      ['Z', 1],
      ['a', 1],
      ['é', 0],
      ['～', 0],
      ['😀', 0],
    ],
  ] as const)
    t.deepEqual(isSaid(rows), said)
  for (const rows of [
    [
      ['b', 1],
      ['a', 2],
    ],
    [
      ['a', 2],
      ['a', 1],
    ],
    [
      ['a', 1],
      ['a', 1],
    ],
    [
      ['😀', 0],
      ['～', 1],
    ],
    [
      ['a', 1],
      [null, 2],
    ],
    [
      ['a', null],
      ['b', 1],
    ],
  ] as const)
    t.is(isSaid(rows), undefined, JSON.stringify(rows))
  t.is(isSaid([['a', 1]], ['slide', 'value']), undefined, 'of floats none is declared')
  t.is(isSaid([['a', 1]], ['gone']), undefined)
})
