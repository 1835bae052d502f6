/** Names of columns: what stands in quotes nowhere. Expectations are written by hand, after the rule in docs/results.md. */

import test from 'ava'
import fc from 'fast-check'
import { classColumns, outputColumns } from '../../../src/core/columns/output-columns.js'
import { PlainNames, plainName, sameName } from '../../../src/core/columns/plain-name.js'

test('letters and digits of any script stay, all else is one _ between them', (t) => {
  const wanted: Readonly<Record<string, string>> = {
    'hematoxylin-rich': 'hematoxylin_rich',
    tumour: 'tumour',
    'TUM (low grade)': 'TUM_low_grade',
    '  a  b ': 'a_b',
    a__b: 'a_b',
    _a_: 'a',
    'Stroma, "loose"': 'Stroma_loose',
    'LYM α': 'LYM_α',
    腫瘍: '腫瘍',
    हिन्दी: 'हिन्दी',
    'a\u0308': '\u00e4',
    '1st': '1st',
    'µm²': 'µm',
    '+': '',
    '🙂': '',
    '': '',
  }
  for (const [text, plain] of Object.entries(wanted)) t.is(plainName(text), plain)
})

const columnsOf = (...names: string[]) => classColumns({ classes: names.map((name) => ({ name })) }).probabilities

test('of classes: a name that is taken gets a number, one without a letter is its number', (t) => {
  t.deepEqual(
    [...columnsOf('hematoxylin-rich', 'a b', 'a-b', 'ä', '1st', 'select')],
    ['prob_hematoxylin_rich', 'prob_a_b', 'prob_a_b_2', 'prob_ä', 'prob_1st', 'prob_select'],
  )
  t.deepEqual([...columnsOf('TUM', 'tum', 'Tum')], ['prob_TUM', 'prob_tum_2', 'prob_Tum_3'])
  t.deepEqual([...columnsOf('a-', 'a_2', 'a')], ['prob_a', 'prob_a_2', 'prob_a_3'])
  t.deepEqual([...columnsOf('1', '+', '-')], ['prob_1', 'prob_1_2', 'prob_2'])
})

test('of tables of schema 1: the class as its card writes it', (t) => {
  const classes = [{ name: 'a-b' }, { name: 'a_b' }]
  t.deepEqual([...classColumns({ classes }, '1').probabilities], ['prob_a-b', 'prob_a_b'])
  t.deepEqual([...classColumns({ classes }, '2').probabilities], ['prob_a_b', 'prob_a_b_2'])
})

const output = (name: string, kind: 'classes' | 'features' | 'values', names: string[]) => ({
  ...{ name, kind, classes: names.map((one) => ({ name: one, color: '#000000' })), width: Math.max(names.length, 2) },
  ...({ inGraph: 'none', apply: 'none', about: [] } as const),
})

test('of other outputs, too: a name by itself is no word of SQL and begins with no digit; all of a model are different', (t) => {
  const outputs = [
    output('values', 'values', ['order', '1st', 'mean size', 'Mean-size', '%', 'prediction', 'PROB_a']),
    output('p', 'classes', ['a']),
    output('1/q', 'classes', ['a', 'b-c']),
    output('select', 'features', []),
    output('pool:0', 'features', []),
  ]
  t.deepEqual(
    outputColumns(outputs).map(({ name }) => name),
    [
      ...['value_order', 'value_1st', 'mean_size', 'Mean_size_2', 'value_4', 'prediction_2', 'PROB_a_2'],
      ...['prediction', 'class', 'prob_a'],
      ...['output_1_q_prediction', 'output_1_q_class', 'output_1_q_prob_a', 'output_1_q_prob_b_c'],
      ...['features_select', 'pool_0'],
    ],
  )
})

test('whatever the texts: different without regard to case, never a digit in front, nothing but letters, digits and _', (t) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'A', 'a_2', 'a-', '_2', '2', ''))), (texts) => {
      const names = new PlainNames()
      const all = texts.map((text, i) => names.alone('value', text, i))
      t.is(new Set(all.map(sameName)).size, all.length)
      for (const name of all) t.regex(name, /^[\p{L}\p{M}][\p{L}\p{M}\p{Nd}_]*$/u)
    }),
  )
})
