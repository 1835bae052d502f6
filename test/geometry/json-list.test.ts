/** A list read element by element is what JSON.parse says of the whole text. */

import test from 'ava'
import fc from 'fast-check'
import { eachOf } from '../../src/geometry/json-list.js'

function read(text: string) {
  const elements: unknown[] = []
  const work = eachOf(text, (element) => elements.push(element))
  let [pauses, done] = [0, 0]
  for (;;) {
    const step = work.next()
    if (step.done) return { elements, rest: step.value, pauses, done }
    pauses++
    done += step.value
  }
}

test('of a collection and of a bare list, whatever they hold', (t) => {
  const value = fc.jsonValue({ maxDepth: 4 })
  fc.assert(
    fc.property(
      fc.array(value),
      fc.dictionary(fc.string(), value),
      fc.dictionary(fc.string(), value),
      fc.nat(3),
      (list, before, after, indent) => {
        const { features: _, ...around } = { ...before, ...after } as Record<string, unknown>
        const whole = { ...around, features: list, ...around }
        for (const [text, rest] of [
          [JSON.stringify(whole, null, indent), { ...whole, features: [] }],
          [JSON.stringify(list, null, indent), []],
        ] as const) {
          const { elements, rest: told } = read(text)
          if (JSON.stringify(elements) !== JSON.stringify(list)) throw new Error(`${text} gives ${JSON.stringify(elements)}`)
          if (JSON.stringify(told) !== JSON.stringify(rest)) throw new Error(`${text} leaves ${JSON.stringify(told)}`)
        }
      },
    ),
  )
  t.pass()
})

test('brackets, commas and quotes within texts cut nothing', (t) => {
  const list = ['],[', '"', '\\', '\\"', '{"features":[', { '"features": [': ['}', ','] }]
  const text = JSON.stringify({ type: 'x', a: ['features', '[', '\\'], features: list, z: '\\\\"]' })
  t.deepEqual(read(text).elements, list)
})

test('what is no collection is the rest as it is', (t) => {
  for (const value of [
    { type: 'Polygon', coordinates: [[[1, 2]]] },
    { a: { features: [1] } },
    'features',
    7,
    null,
    { features: { a: 1 } },
    {},
  ])
    t.deepEqual([read(JSON.stringify(value)).elements, read(JSON.stringify(value)).rest], [[], value])
})

for (const text of [
  '',
  '{',
  '[',
  '[1',
  '[1,',
  '[1,]',
  '[,1]',
  '[1 2]',
  '[1}',
  '{"features":[1,2',
  '{"features":[1]',
  '{"features":[1]} x',
  '["a',
  '[1]]',
]) {
  test(`${text || 'nothing'} is no JSON`, (t) => {
    t.throws(() => read(text), { instanceOf: RangeError, message: /is no JSON/ })
  })
}

test('NaN and Infinity, as QuPath and Python write measures that are none, are null; in a text they stay', (t) => {
  const { elements, rest } = read('{"a":-Infinity,"features":[{"x":NaN,"say \\"NaN":"NaN, \\\\"},[1,Infinity]]}')
  t.deepEqual([elements, rest], [[{ x: null, 'say "NaN': 'NaN, \\' }, [1, null]], { a: null, features: [] }])
  t.throws(() => read('[NaNa]'), { message: /is no JSON/ })
  // A text that does not end is looked through once, not once from each of its quotes.
  t.throws(() => read(`["${'\\"'.repeat(2 ** 18)}`), { message: /is no JSON/ })
})

test('others get their turn: there is a pause after every element, and within a large one', (t) => {
  t.true(read(`[${'1,'.repeat(999)}1]`).pauses >= 1000)
  t.true(read(`["${'x'.repeat(100)}",[${'[1],'.repeat(1_000_000)}1]]`).pauses >= 5)
})
