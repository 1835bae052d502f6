/** What a table says of a patch, whichever of its columns a user has kept. */

import test from 'ava'
import type { Column } from '../../src/core/row.js'
import { givenOf, noAnswer, noClass } from '../../src/results/given.js'
import { metadata, model } from '../sinks/tables.js'

const classes = [
  { name: 'red', color: '#ff0000' },
  { name: 'blue', color: '#0000ff' },
]

function saidOf(names: readonly string[], row: Record<string, string | number | null>, count = 2): number {
  const columns = names.map((name): Column => ({ name, type: 'string', about: name }))
  const outputs = [
    { name: 'out', kind: count > 0 ? ('classes' as const) : ('features' as const), classes: classes.slice(0, count), width: 2 },
  ]
  const given = givenOf({ metadata: { ...metadata(columns), model: { ...model, outputs } }, columns })
  // Nothing else is read.
  return given.at(Object.fromEntries(given.columns.map((name) => [name, [row[name] ?? null]])), 0)
}

test('the class is read from its number, else from its name', (t) => {
  const row = { prediction: 1, class: 'red', status: 'ok' }
  t.is(saidOf(['prediction', 'class', 'status'], row), 1)
  t.is(saidOf(['class', 'status'], row), 0)
  t.is(saidOf(['class'], row), 0)
  t.is(saidOf(['prediction', 'status'], { ...row, prediction: 7 }), noClass, 'a class that the model does not have')
})

test('only a status says that there is no answer: one class below one half is one', (t) => {
  const names = ['prediction', 'class', 'status', 'prob_red']
  const below = { prediction: null, class: null, prob_red: 0.2 }
  t.is(saidOf(names, { ...below, status: 'ok' }, 1), noClass)
  for (const status of ['unreadable', 'unanswered']) t.is(saidOf(names, { ...below, prob_red: null, status }, 1), noAnswer)
  // Without the status a probability says as much.
  t.is(saidOf(['prediction', 'prob_red'], below, 1), noClass)
  t.is(saidOf(['prediction', 'prob_red'], { prediction: null, prob_red: null }, 1), noAnswer)
  t.is(saidOf(['prediction'], { prediction: null }), noAnswer)
})

test('features are answers, also when no column says so', (t) => {
  t.is(saidOf(['status'], { status: 'ok' }, 0), noClass)
  t.is(saidOf(['status'], { status: 'unanswered' }, 0), noAnswer)
  t.is(saidOf(['index'], {}, 0), noClass)
})

test('rows without any column of their class have an answer that is not told', (t) => {
  t.is(saidOf(['index', 'status'], { status: 'ok' }), noClass)
  t.is(saidOf(['index'], {}), noClass)
})
