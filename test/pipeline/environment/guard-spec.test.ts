/** What a part of a plugin may not answer when the pipeline is checked, and what it may bring. */

import test from 'ava'
import { defaultEnvironment, definePlugin, defineReader, defineStage, withPlugins } from '../../../src/index.js'
import { guardedSpec } from '../../../src/pipeline/environment/guard/spec.js'

const described = {
  ...{ name: 'st', from: 'image', to: 'image', placement: 'pixels', summary: 'a stage', options: {}, examples: [] },
  load: async () => ({}) as never,
} as const

const answers: readonly (readonly [name: string, wrong: readonly unknown[], right: readonly unknown[]])[] = [
  ['problems', ['a text', [5], Promise.resolve([])], [[], ['a sentence'], undefined, null]],
  ['wants', [{}, 'tissue'], [['tissue']]],
  ['files', ['/a.png', ['a.png'], [new URL('file:///a.png')], undefined], [['/a.png', 's3://bucket/a.png'], [], null]],
  ['holds', [Number.NaN, -1, '1 GiB', 5n, Number.POSITIVE_INFINITY], [0, 2 ** 40, undefined]],
  ['holdsOnCard', [5, { host: 1 }], [{ host: 1, card: 2 }]],
  ['endings', ['.csv'], [['.csv']]],
  ['complete', [Promise.resolve({})], [{}, undefined]],
]
for (const [name, wrong, right] of answers)
  test(`an answer of another form to '${name}' is told by the name of its part`, (t) => {
    const asked = (answer: unknown) => {
      const spec = guardedSpec({ ...described, [name]: () => answer }, { kind: 'stage', name: 'st', plugin: 'lab' })
      return (spec as unknown as Record<string, () => unknown>)[name]!()
    }
    const message = new RegExp(`^stage 'st' of the plugin lab gives (another answer than is asked for|a promise) in '${name}': `)
    for (const answer of wrong) t.throws(() => asked(answer), { code: 'PLUGIN_FAILED', message })
    for (const answer of right) t.is(asked(answer), answer)
  })

test('what a stage says that it is to the others are numbers that the plan can go by', (t) => {
  const at = { value: 0.5, units: 'mpp' }
  for (const [role, wrong, right] of [
    ['batch', [0, -8, 2.5, '8', Promise.resolve(8)], 8],
    ['grid', [{}, { at, patch: [0, 1], stride: [1, 1] }, { at, patch: 8, stride: 8 }], { at, patch: [8, 8], stride: [4, 4] }],
    ['pixels', ['fast', {}], { decode: 'exact', marks: false }],
    ['mask', ['yes'], true],
    ['lookups', ['yes'], true],
  ] as const) {
    const asked = (answer: unknown) => {
      const spec = guardedSpec({ ...described, provides: { [role]: () => answer } }, { kind: 'stage', name: 'st', plugin: 'lab' })
      return (spec.provides as Record<string, () => unknown>)[role]!()
    }
    for (const answer of wrong) t.throws(() => asked(answer), { code: 'PLUGIN_FAILED' }, role)
    t.is(asked(right), right)
    t.is(asked(undefined), undefined, 'with these options it does not play it')
  }
})

test('a column named __proto__ would be in no row, and a role that there is not is none', (t) => {
  const columns = () => [{ name: '__proto__', type: 'int32', about: 'none' }]
  const spec = guardedSpec({ ...described, columns }, { kind: 'stage', name: 'st', plugin: 'lab' })
  t.throws(() => spec.columns(), { code: 'PLUGIN_COLUMNS' })
  const stage = defineStage({ ...described, provides: { batches: () => 8 } } as never)
  const plugin = definePlugin({ name: 'lab', version: '1', module: import.meta.url, stages: [stage as never] })
  t.throws(() => withPlugins(defaultEnvironment, plugin), { message: /provides: has no 'batches'/ })
})

test('a reader brings all that readers have: folders, addresses of folders, and the files that a slide is made of', (t) => {
  const reader = defineReader({
    ...{ name: 'rd', is: () => false, isFolder: () => true, isFolderOf: () => true, isUnlisted: () => true },
    parts: async () => [],
    load: async () => ({}) as never,
  })
  const plugin = definePlugin({ name: 'lab', version: '1', module: import.meta.url, readers: [reader] })
  t.deepEqual(Object.keys(withPlugins(defaultEnvironment, plugin).readers[0]!).sort(), Object.keys(reader).sort())
})
