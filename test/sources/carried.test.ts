/** Further columns of a list: what their values become. Expectations are the texts themselves, and IEEE 754: 2^53 + 1 is no double. */

import test, { type ExecutionContext } from 'ava'
import { PipelineError } from '../../src/core/errors.js'
import type { ValueTypes } from '../../src/core/source.js'
import slides from '../../src/sources/slides/spec.js'
import { folderOf, refsOf } from './support.js'

async function columnOf(t: ExecutionContext, texts: readonly string[], declared?: ValueTypes, known: ValueTypes = {}) {
  const list = `uri,v\n${texts.map((text, i) => `${i}.svs,${text}\n`).join('')}`
  const folder = await folderOf(t, { ...Object.fromEntries(texts.map((_, i) => [`${i}.svs`, ''])), 'l.csv': list })
  const { columns, default: read } = await slides.load()
  const options = { list: 'l.csv', columns: declared } as never
  const refs = []
  for await (const ref of read(options, folder, known)) refs.push(ref.carried.v)
  const [column] = await columns(options, folder, known)
  t.true(column!.nullable, 'an empty cell more is no other column')
  return { type: column!.type, values: refs }
}

/** Texts that a double does not give back as they were. */
const moreThanNumbers = [
  ...['007', '00', '1.10', '1.0', '0.50', '1E05', '2e10', '1e-7', '+1', '-0', '.5', '5.', '1,5', '1_000', '0x10', '1 000'],
  ...['9007199254740993', '9007199254740992', '1234567890123456789', '-9007199254740993', '0.1234567890123456789', '1e400'],
  ...['Infinity', '-Infinity', 'NaN', '" 12"', '"12 "', 'true', '2024-01-02', '１２'],
]

for (const text of moreThanNumbers) {
  test(`${text} is carried as it is written`, async (t) => {
    const bare = text.replaceAll('"', '')
    t.deepEqual(
      await columnOf(
        t,
        [text, '12'].map((one) => (one.includes(',') ? `"${one}"` : one)),
      ),
      {
        type: 'category',
        values: [bare, '12'],
      },
    )
  })
}

test('numbers are numbers: whole, negative, with digits behind the point, up to 2^53 - 1', async (t) => {
  const texts = ['0', '63', '-1', '61.5', '-0.5', '0.1', '9007199254740991', '-9007199254740991', '123456.789']
  t.deepEqual(await columnOf(t, texts), { type: 'float64', values: texts.map(Number) })
})

test('whole numbers alone are of the same type, so that parts of a list agree', async (t) => {
  t.is((await columnOf(t, ['61', '62'])).type, (await columnOf(t, ['61.5'])).type)
})

test('no value at all is text', async (t) => {
  t.deepEqual(await columnOf(t, ['', '']), { type: 'category', values: [null, null] })
})

test('a declared type is kept whatever the values look like, and an empty cell is nothing', async (t) => {
  t.deepEqual(await columnOf(t, ['1', '2', ''], { v: 'text' }), { type: 'category', values: ['1', '2', null] })
  t.deepEqual(await columnOf(t, ['1.10', '1E05', '+3', '.5', ''], { v: 'number' }), {
    type: 'float64',
    values: [1.1, 100_000, 3, 0.5, null],
  })
  t.deepEqual(await columnOf(t, ['007', '-0', '2147483647', ''], { v: 'integer' }), { type: 'int32', values: [7, 0, 2147483647, null] })
  t.deepEqual(await columnOf(t, ['True', 'false', '1', '0', ''], { v: 'boolean' }), {
    type: 'bool',
    values: [true, false, true, false, null],
  })
})

const misfits: readonly (readonly [ValueTypes[string], string])[] = [
  ['integer', '1.5'],
  ['integer', '2147483648'],
  ['integer', 'x'],
  ['number', '12b'],
  ['number', '9007199254740993'],
  ['number', '1e400'],
  ['number', 'NaN'],
  ['boolean', 'yes'],
  ['boolean', '2'],
]

for (const [type, text] of misfits) {
  test(`${text} does not fit a column declared as ${type}: its line and a way out are told`, async (t) => {
    const error = (await t.throwsAsync(columnOf(t, ['1', text], { v: type }), { instanceOf: PipelineError })) as PipelineError
    t.is(error.code, 'LIST_INVALID')
    t.is(error.at?.line, 3)
    t.true(error.message.includes(`'${text}'`) && error.hint!.includes('{ v: text }'))
  })
}

test('the type of the first run is kept: further lines fit it, or are refused with their line', async (t) => {
  t.deepEqual(await columnOf(t, ['', ''], undefined, { v: 'number' }), { type: 'float64', values: [null, null] })
  t.deepEqual(await columnOf(t, ['12'], undefined, { v: 'text' }), { type: 'category', values: ['12'] })
  for (const text of ['007', '12b', '61.0']) {
    const error = (await t.throwsAsync(columnOf(t, ['1', text], undefined, { v: 'number' }))) as PipelineError
    t.is(error.at?.line, 3, text)
    t.regex(error.hint!, /--redo or another output/)
  }
  t.deepEqual(await columnOf(t, ['61.0'], { v: 'number' }, { v: 'number' }), { type: 'float64', values: [61] })
})

test('columns: names columns of the list, and nothing else', async (t) => {
  const folder = await folderOf(t, { 'a.svs': '', 'l.csv': 'uri,age,constructor,__proto__\na.svs,1,2,x\n' })
  await t.throwsAsync(refsOf(slides, { list: 'l.csv', columns: { agee: 'text' } }, folder), {
    code: 'OPTION_INVALID',
    message: /'agee', which is no column of l\.csv/,
  })
  await t.throwsAsync(refsOf(slides, { list: 'l.csv', columns: { uri: 'text' } }, folder), { message: /has a type of its own/ })
  await t.throwsAsync(refsOf(slides, { glob: '*.svs', columns: { age: 'text' } }, folder), { message: /no list:/ })
  const [ref] = await refsOf(slides, { list: 'l.csv', columns: { age: 'text' } }, folder)
  t.deepEqual(Object.entries(ref!.carried), [
    ['age', '1'],
    ['constructor', 2],
    ['__proto__', 'x'],
  ])
})
