import test from 'ava'
import { batchOf } from '../../../src/core/batches/rows-of.js'
import type { Column, Row } from '../../../src/core/row.js'
import { answersIn, answersOf } from '../../../src/sinks/common/answers.js'
import { namedReaders } from '../../../src/sinks/common/named-readers.js'

const names = ['tumour', 'stroma', 'fat']
const provenance = { model: { outputs: [{ name: 'x', kind: 'classes', classes: names.map((name) => ({ name })) }] } }
const all: readonly Column[] = [
  { name: 'prediction', type: 'int32', nullable: true, about: '' },
  { name: 'class', type: 'category', nullable: true, about: '' },
  ...names.map((name): Column => ({ name: `prob_${name}`, type: 'float32', nullable: true, about: '' })),
]
const row = (prediction: number | null, word: string | null, ...numbers: (number | null)[]): Row => ({
  ...{ prediction, class: word },
  ...Object.fromEntries(names.map((name, i) => [`prob_${name}`, numbers[i] ?? null])),
})

/** What is read of rows that have these columns alone. */
function read(kept: RegExp, rows: readonly Row[], made = provenance) {
  const columns = all.filter(({ name }) => kept.test(name))
  const batch = batchOf(
    columns,
    rows.map((one) => Object.fromEntries(columns.map(({ name }) => [name, one[name]!]))),
    0,
  )
  const context = { path: 'x', columns, provenance: made } as unknown as Parameters<typeof answersOf>[0]
  const at = answersOf(context).predictionsIn(namedReaders(columns, batch))
  return rows.map((_, i) => at(i))
}

test('a class is read of its number, else of its name, else of the greatest probability', (t) => {
  const rows = [row(2, 'fat', 0.1, 0.2, 0.7), row(0, 'tumour', 0.5, 0.25, 0.25), row(1, 'stroma', 0, 1, 0), row(null, null)]
  for (const kept of [/./, /^prediction$/, /^class$/, /^prob_/, /^class$|fat/]) t.deepEqual(read(kept, rows), [2, 0, 1, null], `${kept}`)
  // What was made of them is believed in that order.
  const odd = [row(0, 'fat', 0, 1, 0)]
  t.deepEqual(
    [/./, /^(class|prob_.*)$/, /^prob_/].map((kept) => read(kept, odd)),
    [[0], [2], [1]],
  )
  // Of equals the first; where one is missing, or no class has such a number or name, there is no answer.
  t.deepEqual(read(/^prob_/, [row(null, null, 0.25, 0.375, 0.375), row(null, null, 0.5, null, 0.5)]), [1, null])
  t.deepEqual(read(/^prediction$/, [row(3, null), row(-1, null)]), [null, null])
  t.deepEqual(read(/^class$/, [row(null, 'Fat'), row(null, '')]), [null, null])
  t.throws(() => read(/^prob_(tumour|fat)$/, rows), { message: /neither 'prediction' nor 'class' nor the probabilities/ })
})

test('a single class is read of its probability as merge says it: none below one half', (t) => {
  const [output] = provenance.model.outputs
  const single = { model: { outputs: [{ ...output!, classes: [{ name: 'tumour' }] }] } }
  const rows = [row(null, null, 0.5), row(null, null, 0.499), row(null, null, null), row(null, null, 1)]
  t.deepEqual(read(/^prob_tumour/, rows, single), [0, null, null, 0])
})

test('who can do without answers is given none: of a model without classes, or of rows without their columns', (t) => {
  const columns = all.filter(({ name }) => name === 'prob_fat')
  for (const outputs of [provenance.model.outputs, []])
    t.is(answersIn({ columns, provenance: { model: { outputs } } } as unknown as Parameters<typeof answersIn>[0]), null)
})
