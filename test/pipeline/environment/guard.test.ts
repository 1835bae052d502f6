/** What a source or a sink of a plugin may not do to the run, nor to the other sinks. */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import test, { type ExecutionContext } from 'ava'
import { tee } from '../../../src/flow/tee.js'
import {
  batch,
  batchOf,
  type Column,
  defaultEnvironment,
  definePipeline,
  definePlugin,
  defineSink,
  defineSource,
  extract,
  grid,
  merge,
  options,
  type Row,
  type SinkContext,
  type SlideRef,
  sourceOf,
  withPlugins,
} from '../../../src/index.js'
import { loadedBy } from '../../../src/pipeline/environment/guard/failed.js'
import { guardedReader } from '../../../src/pipeline/environment/guard/reader.js'
import { guardedSink } from '../../../src/pipeline/environment/guard/sink.js'
import { guardedSource } from '../../../src/pipeline/environment/guard/source.js'
import { tempFolder } from '../../support/temp.js'

const columns: readonly Column[] = [
  { name: 'n', type: 'int32', about: 'a number' },
  { name: 'word', type: 'category', nullable: true, about: 'a word' },
]
const rows: readonly Row[] = [
  { n: 1, word: 'a' },
  { n: 2, word: null },
]

async function opened(
  t: ExecutionContext,
  made: (file: string) => Writable,
  signal: AbortSignal = new AbortController().signal,
): Promise<Writable> {
  const file = path.join(await tempFolder(t), 'a.sk')
  const spec = defineSink({
    name: 'sk',
    summary: 'a sink',
    options: { file: options.text().default('{slide}.sk') },
    file: '{slide}.sk',
    examples: [],
    load: async () => ({ default: async () => made(file) }),
  })
  const { default: open } = await guardedSink(spec, 'lab').load()
  return open({} as never, { path: file, columns, signal } as SinkContext)
}

test('a sink that changes its batch changes nobody else’s', async (t) => {
  const given = batchOf(columns, rows, 0)
  const sink = await opened(
    t,
    (file) =>
      new Writable({
        objectMode: true,
        write(own, _encoding, done) {
          own.columns[0].values.fill(7)
          own.columns[1].words[0] = 'b'
          done()
        },
        final(done) {
          writeFileSync(file, '')
          done()
        },
      }),
  )
  await pipeline([given], sink)
  t.deepEqual(given, batchOf(columns, rows, 0))
})

for (const [what, thrown] of [
  ['an error', new Error('sync')],
  ['null', null],
] as const) {
  test(`a sink that throws ${what} where it writes is told by its name`, async (t) => {
    const sink = await opened(
      t,
      () =>
        new Writable({
          objectMode: true,
          write() {
            throw thrown
          },
        }),
    )
    const error = await t.throwsAsync(pipeline([batchOf(columns, rows, 0)], sink), { code: 'PLUGIN_FAILED' })
    t.regex(error!.message, /^sink 'sk' of the plugin lab failed/)
  })
}

for (const [what, ends, code] of [
  ['stopped', (_: Writable, stop: AbortController) => stop.abort(Object.assign(new Error('SIGTERM'), { code: 'SIGTERM' })), 'SIGTERM'],
  ['broken', (inner: Writable) => inner.destroy(new Error('the share is gone')), 'PLUGIN_FAILED'],
] as const) {
  test(`a sink that is ${what} before its rows flow ends what is written to it, and not the process`, async (t) => {
    const stop = new AbortController()
    const inner = new Writable({ objectMode: true, write: (_batch, _encoding, done) => done() })
    const sink = await opened(t, () => inner, stop.signal)
    ends(inner, stop)
    // Other sinks are still opened meanwhile.
    await new Promise(setImmediate)
    await t.throwsAsync(tee([batchOf(columns, rows, 0)] as never, [sink]), { code })
  })
}

for (const [what, answers] of [
  ['and answers', true],
  ['and never answers', false],
] as const) {
  test(`a sink that closes itself in the middle ${what} has not written its file`, async (t) => {
    const sink = await opened(
      t,
      (file) =>
        new Writable({
          objectMode: true,
          write(_batch, _encoding, done) {
            writeFileSync(file, 'half')
            this.destroy()
            if (answers) done()
          },
        }),
    )
    const error = await t.throwsAsync(pipeline([batchOf(columns, rows, 0)], sink), { code: 'PLUGIN_FAILED' })
    t.regex(error!.message, /is closed before it has written all that it was given$/)
  })
}

test('a sink that is opened after the run was stopped is closed when it comes, as is one that takes no batches', async (t) => {
  const late = new Writable({ objectMode: true })
  await t.throwsAsync(
    opened(t, () => late, AbortSignal.abort(new Error('stopped'))),
    { message: 'stopped' },
  )
  await new Promise(setImmediate)
  const bytes = new Writable()
  await t.throwsAsync(
    opened(t, () => bytes),
    { code: 'PLUGIN_FAILED' },
  )
  t.deepEqual([late.destroyed, bytes.destroyed], [true, true])
})

for (const [what, make] of [
  ['a folder', (file: string) => mkdirSync(file)],
  ['a link', (file: string) => symlinkSync('elsewhere', file)],
] as const) {
  test(`a sink that makes ${what} in the place of its file is told by its name`, async (t) => {
    const sink = await opened(t, (file) => {
      make(file)
      return new Writable({ objectMode: true, write: (_batch, _encoding, done) => done() })
    })
    const error = await t.throwsAsync(pipeline([batchOf(columns, rows, 0)], sink), { code: 'PLUGIN_FAILED' })
    t.true(error!.message.startsWith(`sink 'sk' of the plugin lab has made ${what}`), error!.message)
  })
}

for (const [what, said] of Object.entries({
  'a resolution that is a text': { mpp: '0.5' },
  'a resolution that is no number': { mpp: Number.NaN },
  'a label that is a number': { label: 5 },
  'a value that no row holds': { carried: { n: 5n } },
})) {
  test(`a source that gives ${what} is told by its name`, async (t) => {
    const ref = { kind: 'slide', id: 'a', uri: 'a.tif', carried: {}, ...said } as unknown as SlideRef
    const spec = listing('slide', async function* () {
      yield ref
    })
    const { default: read } = await guardedSource(spec, 'lab').load()
    const error = await t.throwsAsync(
      async () => {
        for await (const _ of read({}, '.'));
      },
      { code: 'PLUGIN_COLUMNS' },
    )
    t.regex(error!.message, /^source 'so' of the plugin lab gives a ref that says what no row holds: a: /)
  })
}

const listing = (kind: 'slide' | 'set', refs: () => AsyncIterable<SlideRef>) =>
  defineSource({
    name: 'so',
    kind,
    summary: 'a source',
    options: {},
    examples: [],
    load: async () => ({
      columns: async () => [{ name: 'n', type: 'float64', nullable: true, about: 'a number' }],
      default: refs,
    }),
  })

const slide: SlideRef = { kind: 'slide', id: 'a', uri: 'a.tif', carried: {} }

for (const [what, kind, refs, sentence] of [
  ['one id twice', 'slide', [slide, { ...slide, id: 'A', uri: 'b.tif' }], /two refs one id: 'A' would be the id of both a\.tif and b\.tif/],
  ['no list', 'slide', undefined, /failed: TypeError/],
  ['a set without pictures', 'set', [{ ...slide, kind: 'set', images: [] }], /gives the set a no images/],
  ['a picture without a place', 'set', [{ ...slide, kind: 'set', images: [{ label: 'x' }] }], /an image 0 without a uri/],
] as const) {
  test(`a source that gives ${what} is told by its name`, async (t) => {
    const { default: read } = await guardedSource(
      listing(kind, () => refs as never),
      'lab',
    ).load()
    const all = async () => {
      for await (const _ of read({}, '.'));
    }
    await t.throwsAsync(all, { code: 'PLUGIN_FAILED', message: sentence })
  })
}

test('refs are plain copies: one object for all, such as compute what they say, and what no thread can be sent', async (t) => {
  const one = { ...slide, carried: { n: 0 }, more: () => 1 }
  const same = async function* () {
    for (const [n, id] of ['a', 'b'].entries()) {
      Object.assign(one, { id, uri: `${id}.tif` }).carried.n = n
      yield one
    }
  }
  const computed = ['a', 'b'].map((id, n) => new Proxy(Object.create({ kind: 'slide', id, uri: `${id}.tif`, carried: { n } }), {}))
  for (const refs of [same, () => computed]) {
    const { default: read } = await guardedSource(listing('slide', refs as never), 'lab').load()
    const given: SlideRef[] = []
    for await (const ref of read({}, '.')) given.push(ref)
    t.deepEqual(structuredClone(given), [
      { kind: 'slide', id: 'a', uri: 'a.tif', carried: { n: 0 } },
      { kind: 'slide', id: 'b', uri: 'b.tif', carried: { n: 1 } },
    ])
  }
})

test('what a ref carries is held to the columns of its source, and what it leaves out is missing', async (t) => {
  const read = async (carried: object) => {
    const spec = listing('slide', (() => [{ ...slide, carried }]) as never)
    const { default: list } = await guardedSource(spec, 'lab').load()
    for await (const ref of list({}, '.')) return ref.carried
    return undefined
  }
  t.deepEqual(await read({}), { n: null })
  t.deepEqual(await read({ n: undefined }), { n: null })
  await t.throwsAsync(read({ n: '5' }), { code: 'PLUGIN_COLUMNS', message: /gives another value than its columns say: a: column 'n'/ })
})

test('what the pictures of a set carry is held to the columns, too, and so is the size that they are brought to', async (t) => {
  const read = async (images: readonly object[], more: object = {}) => {
    const spec = listing('set', (() => [{ ...slide, kind: 'set', images, ...more }]) as never)
    const { default: list } = await guardedSource(spec, 'lab').load()
    for await (const ref of list({}, '.')) return ref.images
    return undefined
  }
  t.deepEqual(
    await read(
      [
        { uri: 'a.png', label: 'x' },
        { uri: 'b.png', carried: { n: 1 } },
      ],
      { resize: { width: 4, height: 2 } },
    ),
    [
      { uri: 'a.png', label: 'x', carried: { n: null } },
      { uri: 'b.png', carried: { n: 1 } },
    ],
  )
  for (const [images, more, message] of [
    [[{ uri: 'a.png' }, { uri: 'b.png', carried: { n: '1' } }], {}, /image 1 of a: column 'n' is float64/],
    [[{ uri: 'a.png', carried: { m: 1 } }], {}, /gives image 0 of a a 'm', which is none of its columns/],
    [[{ uri: 'a.png' }], { resize: { width: -4, height: 'a' } }, /a: resize: a picture of -4 x 'a' pixels is none/],
    [[{ uri: 'a.png' }], { resize: 4 }, /a: resize: a picture of/],
  ] as const)
    await t.throwsAsync(read(images, more), { code: 'PLUGIN_COLUMNS', message })
})

test('a source that a program gives is held to the same, in a plugin or in none', async (t) => {
  const spec = listing('slide', async function* () {
    yield { ...slide, id: '../a' }
  })
  const plugin = definePlugin({ name: 'lab', version: '1', module: import.meta.url, sources: [spec] })
  for (const [options, owner] of [
    [{}, 'the program'],
    [{ environment: withPlugins(defaultEnvironment, plugin) }, 'the plugin lab'],
  ] as const) {
    const defined = definePipeline({ source: sourceOf(spec)(), stages: [grid(), extract(), batch(), merge()] }, options)
    const error = await t.throwsAsync(defined, { code: 'PLUGIN_FAILED' })
    t.true(error!.message.includes(`source 'so' of ${owner} gives a ref with the id "../a"`), error!.message)
  }
})

test('a part that never loads, or loads nothing, is told by name', async (t) => {
  const part = { kind: 'sink', name: 'sk', plugin: 'lab' } as const
  await t.throwsAsync(
    loadedBy(part, () => new Promise(() => undefined), 20),
    { code: 'PLUGIN_FAILED', message: "sink 'sk' of the plugin lab has not loaded after 0.02 s" },
  )
  await t.throwsAsync(guardedReader({ name: 'rd', is: () => true, load: async () => undefined as never }, 'lab').load(), {
    code: 'PLUGIN_FAILED',
    message: "reader 'rd' of the plugin lab loads a module that exports no function 'open' (source, context)",
  })
})
