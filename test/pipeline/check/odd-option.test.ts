/** What types of a plugin may make of an option, and what no plan holds or no thread can be sent. */

import { runInNewContext } from 'node:vm'
import test from 'ava'
import {
  defaultEnvironment,
  definePipeline,
  definePlugin,
  defineStage,
  imageSlide,
  options,
  slidesOf,
  stepOf,
  withPlugins,
} from '../../../src/index.js'
import { oddOption } from '../../../src/pipeline/check/odd-option.js'

class Point {
  constructor(readonly x = 1) {}
}
const circle: Record<string, unknown> = {}
circle.self = [circle]

test('data is data, of whatever realm; what JSON lacks or a thread is not sent is told', (t) => {
  const data = [
    1,
    'a',
    null,
    undefined,
    true,
    [1, { a: [2] }],
    new Date(0),
    /a/,
    new Set([1]),
    new Map([[{ a: 1 }, [2]]]),
    new Uint8Array(1),
  ]
  for (const value of [...data, Object.create(null), runInNewContext('({ a: [1, new Date(0), new Map()] })')])
    for (const sent of [true, false]) t.is(oddOption(value, sent), undefined)
  const twice = { a: 1 }
  t.is(oddOption([twice, twice], true), undefined, 'the same twice is no circle')
  for (const [value, words] of [
    [1n, /bigint/],
    [circle, /circle/],
  ] as const)
    for (const sent of [true, false]) t.regex(oddOption({ value }, sent)!, words)
  for (const [value, words] of [
    [() => 1, /a function, which no thread/],
    [Symbol('a'), /a symbol, which no thread/],
    [new Point(), /of the class Point/],
    [Object.create(Object.create(Object.create(null))), /of the class without a name/],
  ] as const)
    t.deepEqual([words.test(oddOption([value], true)!), oddOption([value], false)], [true, undefined])
})

test('an option that a type of a plugin makes so, or that it fails at, is a problem of its stage, and no bug', async (t) => {
  const fails = () => {
    throw new Error('no such day')
  }
  for (const [type, message] of [
    [options.text().transform(() => () => 1), /stages\[0\]\.st\.how is made a function, which no thread can be sent, by the plugin/],
    [options.text().transform(fails), /stages\[0\]\.st has an option whose type fails: no such day/],
    [options.text().transform(async () => 1), /has an option whose type fails: .*Promise/],
  ] as const) {
    const spec = defineStage({
      ...{ name: 'st', from: 'image', to: 'image', placement: 'pixels', summary: 'a stage', examples: [] },
      options: { how: type as never },
      load: async () => ({}) as never,
    })
    const plugin = definePlugin({ name: 'lab', version: '1', module: import.meta.url, stages: [spec] })
    const source = slidesOf([imageSlide(new Uint8Array(3), { width: 1, height: 1 })])
    const defined = definePipeline(
      { source, stages: [stepOf(spec)({ how: 'x' } as never)] as never },
      { environment: withPlugins(defaultEnvironment, plugin) },
    )
    await t.throwsAsync(defined, { message })
  }
})
