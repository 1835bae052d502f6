/** Plugins: by YAML and as values, part of the fingerprint; and what is said of each that cannot be used, before a run or in it. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { checkPipeline, readEnvironment } from '../../src/pipeline/check/check.js'
import { environmentWith } from '../../src/pipeline/check/plugins.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { readDocument } from '../../src/pipeline/document/document.js'
import { formatProblem, ProblemList } from '../../src/pipeline/document/problems.js'
import type { YamlMap } from '../../src/pipeline/document/yaml-node.js'
import { defaultEnvironment } from '../../src/pipeline/environment/default.js'
import type { Plugin } from '../../src/pipeline/environment/plugin.js'
import { withPlugins } from '../../src/pipeline/environment/with-plugins.js'
import { reference } from '../../src/pipeline/plan/docs.js'
import { pipelineSchema } from '../../src/pipeline/plan/schema.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import { resultsOf } from '../../test/support/pipeline-file.js'
import { tempFolder } from '../../test/support/temp.js'

const built = (file: string) => pathToFileURL(path.join(packageRoot, 'dist/src', file)).href

/**
 * A plugin whose parts do what the id of the slide says. Its slides are 64 × 32 pixels, the left half (10, 0, 0) and the right half (30, 0, 0),
 * in tiles of 32 × 32: the grid of 32 px gives patches of mean red 10 and 30.
 */
const plugin = `
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Writable } from 'node:stream'
import { list, text } from '${built('core/options.js')}'

const never = () => new Promise(() => setInterval(() => undefined, 1000).unref())
const stuck = (slide, id) => {
  writeFileSync(path.join(path.dirname(slide.ref?.uri ?? slide.info.uri), 'stuck-' + id), '')
  return never()
}
const about = 'A number.'

const made = {
  name: 'made', kind: 'slide', summary: 'Slides by their ids.', options: { ids: list(text()) }, examples: ['made: { ids: [a] }'],
  load: async () => ({
    columns: async () => [{ name: 'ward', type: 'category', about: 'Where it is from.' }],
    default: async function* ({ ids }, folder) {
      for (const id of ids) {
        if (id === globalThis.throwingRef) throw new Error('the list is gone')
        yield { kind: 'slide', id, uri: path.join(folder, id === 'zeiss' ? 'x.czi' : 'x.half'), mpp: 0.5, carried: { ward: 'W' } }
      }
    },
  }),
}

const half = {
  name: 'half',
  is: (head) => ['HALF', 'ZISR'].includes(Buffer.from(head.subarray(0, 4)).toString()),
  load: async () => ({
    open: async (source, { ref }) => {
      if (ref.id === 'open-throws') throw new Error('no such thing')
      const tile = { width: 32, height: 32 }
      const level = { width: 64, height: 32, tile, downsample: { x: 1, y: 1 } }
      const info = { id: ref.id, uri: ref.uri, kind: 'slide', vendor: 'half', width: ref.id === 'size-lies' ? 65 : 64, height: 32,
        levels: [level], mpp: { x: 0.5, y: 0.5 }, associated: [], warnings: [], compression: 'none' }
      const decode = (_, index) => {
        if (ref.id === 'tile-throws') throw new Error('it is broken')
        const data = new Uint8Array(ref.id === 'tile-short' && index === 1 ? 100 : 32 * 32 * 3)
        for (let i = 0; i < data.length; i += 3) data[i] = index === 0 ? 10 : 30
        return { ...tile, data }
      }
      return { info, store: { levels: [level], extents: () => [], decode }, source, pictures: {} }
    },
  }),
}

const corner = {
  name: 'corner', from: 'patch', to: 'patch', placement: 'address', summary: 'Where.', options: {}, examples: ['corner'],
  columns: () => [{ name: 'corner', type: 'int32', about }],
  load: async () => ({
    default: () => async function* (patches, { slide }) {
      const { id } = slide.ref
      for await (const patch of patches) {
        if (id === 'address-throws') undefined.x
        if (id === 'address-stuck') await stuck(slide, id)
        const notes = { ...patch.notes, corner: id === 'note-of-other-type' ? 'left' : patch.column, ...(id === 'note-undeclared' ? { more: 1 } : {}) }
        if (id === 'note-missing') delete notes.corner
        yield { ...patch, notes, index: id === 'patch-not-given' ? 77 : patch.index }
      }
    },
  }),
}

const red = {
  name: 'red', from: 'image', to: 'image', placement: 'pixels', summary: 'Red.', options: {}, examples: ['red'],
  columns: () => [{ name: 'red', type: 'float64', nullable: true, about }],
  load: async () => ({
    default: () => async function* (images, { slide }) {
      const { id } = slide.ref
      for await (const image of images) {
        if (id === 'pixels-throw') throw new TypeError('no red today')
        if (id === 'pixels-stuck') await stuck(slide, id)
        const bytes = image.pixels[0]
        let sum = 0
        for (let i = 0; i < bytes.length; i += 3) sum += bytes[i]
        const red = image.status === 'ok' ? sum / (bytes.length / 3) : null
        yield { ...image, pixels: id === 'pixels-short' ? [bytes.subarray(1)] : image.pixels, patch: { ...image.patch, notes: { ...image.patch.notes, red } } }
      }
    },
  }),
}

const twice = {
  name: 'twice', from: 'rows', to: 'rows', placement: 'rows', summary: 'Twice.', options: {}, examples: ['twice'],
  columns: () => [{ name: 'twice', type: 'float64', nullable: true, about }],
  load: async () => ({
    default: () => async function* (batches, { slide, takes }) {
      const { id } = slide.ref
      const red = takes.findIndex(({ name }) => name === 'red')
      for await (const { length, columns } of batches) {
        const { valid, values } = columns[red]
        const twice = { type: 'float64', valid, values: values.map((value) => value * 2) }
        if (id === 'rows-of-other-type') yield { length, columns: [...columns, { type: 'float32', valid, values: new Float32Array(length) }] }
        else if (id === 'rows-too-short') yield { length, columns: [...columns, { ...twice, values: values.subarray(1) }] }
        else if (id === 'rows-undeclared') yield { length, columns: [...columns, twice, twice] }
        else yield { length, columns: [...columns, twice] }
      }
    },
  }),
}

const slides = new Map()

const note = {
  name: 'note', summary: 'How many.', file: '{slide}.txt', options: { file: text().default('{slide}.txt') }, examples: ['note'],
  load: async () => ({
    default: async (_, { path: file, slide }) => {
      const { id } = slide.info
      slides.set(file, slide)
      if (id === 'sink-throws') throw new Error('no ink')
      if (id === 'sink-is-none') return { write: () => true }
      let rows = 0
      return new Writable({
        objectMode: true,
        write: (batch, _encoding, done) => {
          rows += batch.length
          if (id === 'write-fails') done(new Error('the ink is out'))
          else if (id === 'write-stuck') void stuck(slide, id)
          else done()
        },
        final: (done) => {
          if (id === 'final-stuck') void stuck(slide, id)
          else {
            if (id !== 'no-file') writeFileSync(file, String(rows))
            done()
          }
        },
        destroy: (error, done) => {
          if (!id.endsWith('-stuck') || id === 'count-stuck') done(error)
        },
      })
    },
  }),
  count: async () => ({
    default: async (file) => (slides.get(file).info.id === 'count-stuck' ? stuck(slides.get(file), 'count-stuck') : Number(readFileSync(file, 'utf8'))),
  }),
}

export default { name: '@lab/odd', version: '1.2.3', module: import.meta.url, sources: [made], readers: [half], stages: [corner, red, twice], sinks: [note] }
`

interface Asked {
  readonly plugins?: string
  readonly extract?: string
  readonly runtime?: string
}

const pipelineOf = (
  ids: readonly string[],
  { plugins = 'plugins: [./odd.mjs]', extract = 'extract', runtime = '{ lanes: 1 }' }: Asked = {},
) => `${plugins}
output: ./out
made: { ids: [${ids.join(', ')}] }
stages:
  - grid: { size: 32 px, at: baseline }
  - corner
  - ${extract}
  - red
  - batch
  - merge
  - twice
sinks: [csv, note]
runtime: ${runtime}
`

async function folderWith(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await tempFolder(t)
  for (const [name, content] of Object.entries({ 'odd.mjs': plugin, 'x.half': 'HALF', ...files })) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), content)
  }
  return folder
}

const csvOf = async (folder: string, id: string) => (await readFile(path.join(folder, 'out', `${id}.csv`), 'utf8')).trim().split(/\r?\n/)

test('a pipeline uses the source, reader, stages and sink of a plugin, in every thread; as a value it does the same', async (t) => {
  const folder = await folderWith(t, {
    // Another's reader may know what ours refuse.
    'x.czi': 'ZISRAWFILE',
    'p.yml': pipelineOf(['a', 'b', 'zeiss'], { runtime: '{ lanes: 2 }' }),
  })
  const plan = await readPlan(path.join(folder, 'p.yml'))
  const { rows, slides } = await runPipeline(plan)
  t.deepEqual({ rows, slides }, { rows: 6, slides: { done: 3, failed: 0, skipped: 0 } })
  const [head, ...lines] = await csvOf(folder, 'a')
  const columns = head!.split(',')
  const told = lines.map((line) => ['corner', 'red', 'ward', 'twice'].map((name) => line.split(',')[columns.indexOf(name)]))
  t.deepEqual(told, [
    ['0', '10', 'W', '20'],
    ['1', '30', 'W', '60'],
  ])
  t.is(await readFile(path.join(folder, 'out/b.txt'), 'utf8'), '2')

  const { default: value } = (await import(pathToFileURL(path.join(folder, 'odd.mjs')).href)) as { default: Plugin }
  const environment = withPlugins(defaultEnvironment, value)
  t.is(environment.plugins.length, 1)
  t.is(defaultEnvironment.plugins.length, 0)
  t.true(Object.isFrozen(environment) && Object.isFrozen(environment.stages))
  await writeFile(path.join(folder, 'q.yml'), pipelineOf(['a', 'b', 'zeiss'], { plugins: '' }).replace('./out', './other'))
  const other = await readPlan(path.join(folder, 'q.yml'), {}, environment)
  t.is(other.provenance.fingerprint, plan.provenance.fingerprint)
  await runPipeline(other)
  t.deepEqual(await readFile(path.join(folder, 'other/a.csv')), await readFile(path.join(folder, 'out/a.csv')))
  // Named in the file and given: it is there once.
  t.is((await readPlan(path.join(folder, 'p.yml'), {}, environment)).environment.plugins.length, 1)

  const all = await readEnvironment(path.join(folder, 'p.yml'))
  t.true(JSON.stringify(pipelineSchema(all)).includes('"corner"'))
  t.regex(reference(all), /### `made`[\s\S]*### `corner` \(patch → patch\)[\s\S]*### `note`/)
})

test('what a plugin is made of counts, where it lies does not; a package is found as Node finds it', async (t) => {
  const part = `export const made = 1\n`
  const main = `import './part.mjs'\n${plugin}`
  const one = await folderWith(t, { 'odd.mjs': main, 'part.mjs': part, 'p.yml': pipelineOf(['a']) })
  const two = await folderWith(t, { 'odd.mjs': main, 'part.mjs': part, 'p.yml': pipelineOf(['a']) })
  const three = await folderWith(t, { 'odd.mjs': main, 'part.mjs': `${part}// another`, 'p.yml': pipelineOf(['a']) })
  const packed = { name: '@lab/odd', version: '1.2.3', exports: { '.': { types: './x.d.ts', import: './main.mjs' } } }
  const four = await folderWith(t, {
    'p.yml': pipelineOf(['a'], { plugins: 'plugins: ["@lab/odd"]' }),
    'node_modules/@lab/odd/package.json': JSON.stringify(packed),
    'node_modules/@lab/odd/main.mjs': main,
    'node_modules/@lab/odd/part.mjs': part,
  })
  const prints = await Promise.all(
    [one, two, three, four].map(async (folder) => (await readPlan(path.join(folder, 'p.yml'))).provenance.fingerprint),
  )
  t.is(prints[1], prints[0])
  t.not(prints[2], prints[0])
  t.is(prints[3], prints[0])
  // A module is loaded once: another content would be checked, and the old one run.
  await writeFile(path.join(one, 'part.mjs'), `${part}// new`)
  const { problems } = await checkPipeline(path.join(one, 'p.yml'))
  t.regex(
    problems.map((problem) => formatProblem(problem)).join('\n'),
    /plugins\[0\] is .*odd\.mjs, which has changed since this program loaded it/,
  )
})

const fine = "name: 'x', version: '1'"
const stage = "name: 'mine', from: 'patch', to: 'patch', placement: 'address', summary: 'x', options: {}, load: async () => ({})"

/** What a module says, and what check says of it. */
const refused: readonly (readonly [what: string, text: string, code: string, sentence: RegExp])[] = [
  ['throws', "throw new Error('no luck')", 'PLUGIN_INVALID', /is .*x\.mjs, which does not load: no luck$/],
  ['is no JavaScript', 'export defult 1', 'PLUGIN_INVALID', /does not load: /],
  ['ends the program', 'process.exit(3)', 'PLUGIN_INVALID', /does not load: it ends the program/],
  ['waits for ever', 'await new Promise(() => setInterval(() => 0, 1e6))', 'PLUGIN_INVALID', /has not loaded after 2 s: /],
  ['turns for ever', 'for (;;);', 'PLUGIN_INVALID', /has not loaded after 2 s: /],
  ['exports nothing', 'export const x = 1', 'PLUGIN_INVALID', /has no default export: .*it exports x$/],
  ['exports no plugin', 'export default 7', 'PLUGIN_INVALID', /exports no plugin: /],
  ['has no version', "export default { name: 'x' }", 'PLUGIN_INVALID', /exports no plugin: version: /],
  ['mistypes a part', `export default { ${fine}, stage: [] }`, 'PLUGIN_INVALID', /exports no plugin: .*stage/],
  [
    'takes what is no kind',
    `export default { ${fine}, stages: [{ ${stage}, from: 'cell' }] }`,
    'PLUGIN_INVALID',
    /no plugin: stages\[0\]\.from: /,
  ],
  [
    'stands where it cannot',
    `export default { ${fine}, stages: [{ ${stage}, placement: 'rows' }] }`,
    'PLUGIN_INVALID',
    /'rows' is for .*not for patch → patch/,
  ],
  [
    'has options of no type',
    `export default { ${fine}, stages: [{ ${stage}, options: { a: 1 } }] }`,
    'PLUGIN_INVALID',
    /stages\[0\]\.options\.a: must be a type of options/,
  ],
  ['has no work', `export default { ${fine}, stages: [{ ${stage}, load: 1 }] }`, 'PLUGIN_INVALID', /stages\[0\]\.load: must be a function/],
  [
    'writes no file',
    `export default { ${fine}, sinks: [{ name: 'y', summary: 'x', options: {}, file: 'a', load: () => 1 }] }`,
    'PLUGIN_INVALID',
    /sinks\[0\]\.options: must have a 'file'/,
  ],
  [
    'takes the name of a stage',
    `export default { ${fine}, stages: [{ ${stage}, name: 'mask' }] }`,
    'PLUGIN_CLASH',
    /the plugin x has a stage 'mask', which is a stage already/,
  ],
  [
    'takes the name of a section',
    `export default { ${fine}, sources: [{ name: 'output', kind: 'slide', summary: 'x', options: {}, load: () => 1 }] }`,
    'PLUGIN_CLASH',
    /a source 'output', which is a section of a pipeline/,
  ],
  [
    'takes the name of a reader',
    `export default { ${fine}, readers: [{ name: 'tiff', is: () => true, load: () => 1 }] }`,
    'PLUGIN_CLASH',
    /a reader 'tiff', which is a reader already/,
  ],
  [
    'takes a name twice',
    `export default { ${fine}, stages: [{ ${stage} }, { ${stage} }] }`,
    'PLUGIN_CLASH',
    /a stage 'mine', which is another stage of it/,
  ],
]

for (const [what, text, code, sentence] of refused) {
  // One after another: a thread that turns for ever takes a processor.
  test.serial(`check refuses a plugin that ${what}`, async (t) => {
    const folder = await folderWith(t, { 'x.mjs': text, 'p.yml': 'plugins: [./x.mjs]' })
    const problems = new ProblemList(path.join(folder, 'p.yml'))
    const document = (await readDocument(path.join(folder, 'p.yml'), problems)) as YamlMap
    const environment = await environmentWith(
      document,
      folder,
      defaultEnvironment,
      what.endsWith('for ever') ? { longest: 2000 } : {},
      problems,
    )
    const [problem, ...more] = problems.sorted()
    t.deepEqual([problem?.code, problem?.line, problem?.column, more.length], [code, 1, 11, 0])
    t.regex(problem!.message, sentence)
    t.is(environment, undefined)
  })
}

const problemsOf = async (file: string, options = {}) =>
  (await checkPipeline(file, options)).problems.map((problem) => formatProblem(problem, '/'))

test('what is not there, what is written otherwise, two of one name, and none at all', async (t) => {
  const folder = await folderWith(t, {
    'twin.mjs': "export default { name: '@lab/odd', version: '2' }",
    'gone.yml': pipelineOf(['a'], { plugins: 'plugins: [./gone.mjs, "@lab/none", odd.mjs]' }),
    'text.yml': pipelineOf(['a'], { plugins: 'plugins: ./odd.mjs' }),
    'twin.yml': pipelineOf(['a'], { plugins: 'plugins: [./odd.mjs, ./twin.mjs]' }),
    'fine.yml': pipelineOf(['a']),
  })
  const gone = (await problemsOf(path.join(folder, 'gone.yml'))).join('\n')
  // What their parts are called is not told as unknown, too.
  t.is(gone.split('\n').length, 3)
  t.regex(gone, /gone\.yml:1:11 +plugins\[0\] is .*gone\.mjs, which is not there/)
  t.regex(gone, /plugins\[1\] names a package '@lab\/none' that is not installed in .*: npm install @lab\/none/)
  t.regex(gone, /plugins\[2\] names a package 'odd\.mjs' .*: the file is written \.\/odd\.mjs/)
  t.regex(
    (await problemsOf(path.join(folder, 'text.yml'))).join('\n'),
    /plugins must be a list of files and packages: write \[\.\/odd\.mjs\]/,
  )
  t.regex((await problemsOf(path.join(folder, 'twin.yml'))).join('\n'), /two plugins are called @lab\/odd: .*odd\.mjs and .*twin\.mjs/)
  t.regex(
    (await problemsOf(path.join(folder, 'fine.yml'), { plugins: false })).join('\n'),
    /fine\.yml:1:1 +plugins names \.\/odd\.mjs, and --no-plugins lets none in/,
  )
  t.deepEqual(await problemsOf(path.join(folder, 'fine.yml')), [])
  const { default: value } = (await import(pathToFileURL(path.join(folder, 'odd.mjs')).href)) as { default: Plugin }
  t.throws(() => withPlugins(defaultEnvironment, { ...value, module: 'odd.mjs' }), {
    code: 'PLUGIN_INVALID',
    message: /does not say in which file it is/,
  })
})

test('a part that fails when it is asked about itself, or gives what is none, is a problem and no bug', async (t) => {
  const stages = (more: string) => plugin.replace("columns: () => [{ name: 'corner', type: 'int32', about }],", more)
  const cases: readonly (readonly [string, RegExp])[] = [
    [stages('columns: () => undefined.x,'), /stage 'corner' of the plugin @lab\/odd failed in 'columns': .*undefined/],
    [stages("columns: () => [{ name: 'corner', type: 'word' }],"), /gives no columns in 'columns': \[0\]\.type: /],
    [plugin.replace('for (const id of ids) {', 'undefined.x; for (const id of ids) {'), /source 'made' of the plugin @lab\/odd failed: /],
    [
      plugin.replace('yield { kind', "yield { kind: 'tile', more"),
      /source 'made' of the plugin @lab\/odd gives a ref of kind 'tile', and its spec says 'slide'/,
    ],
    [plugin.replace("carried: { ward: 'W' }", "carried: { bed: 'W' }"), /gives a a 'bed', which is none of its columns/],
  ]
  for (const [text, sentence] of cases) {
    const folder = await folderWith(t, { 'odd.mjs': text, 'p.yml': pipelineOf(['a']) })
    t.regex((await problemsOf(path.join(folder, 'p.yml'))).join('\n'), sentence)
  }
})

test('what goes wrong in a part fails its slide, says whose it is, and the others go on', async (t) => {
  const wanted: Readonly<Record<string, readonly [code: string, sentence: RegExp]>> = {
    'address-throws': ['PLUGIN_FAILED', /stage 'corner' of the plugin @lab\/odd failed: TypeError/],
    'note-of-other-type': [
      'PLUGIN_COLUMNS',
      /stage 'corner' .* gives another value than its spec says: patch 0: column 'corner' is int32, but holds "left"/,
    ],
    'note-undeclared': ['PLUGIN_COLUMNS', /stage 'corner' .* notes 'more' of patch 0, which its spec does not name/],
    'note-missing': ['PLUGIN_COLUMNS', /column 'corner' is int32, but holds nothing/],
    'patch-not-given': ['PLUGIN_FAILED', /gives patch 77, which it was not given/],
    'pixels-throw': ['PLUGIN_FAILED', /stage 'red' of the plugin @lab\/odd failed: TypeError: no red today/],
    'pixels-short': ['PLUGIN_FAILED', /gives patch 0 \(ok\) 3071 bytes for a picture of 32 × 32 px: 3072 bytes/],
    'rows-of-other-type': ['PLUGIN_COLUMNS', /stage 'twice' .* gives a batch of rows whose column 'twice' is float32, and must be float64/],
    'rows-too-short': ['PLUGIN_COLUMNS', /whose column 'twice' holds 1 entries for 2 rows: 2 are needed/],
    'rows-undeclared': ['PLUGIN_COLUMNS', /gives a batch of rows of 19 columns, and there are 18: slide, /],
    'open-throws': ['PLUGIN_FAILED', /reader 'half' of the plugin @lab\/odd failed at .*x\.half: no such thing/],
    'size-lies': ['PLUGIN_FAILED', /opens .*x\.half as no slide: it is 65 × 32, and its level 0 64 × 32/],
    'tile-short': [
      'TILE_UNDECODABLE',
      /tile \(1, 0\) of level 0 .*reader 'half' .*it gives 100 bytes for 32 × 32 px, and 32 × 32 px are 3072/,
    ],
    'tile-throws': ['TILE_UNDECODABLE', /cannot be decoded by the reader 'half' of the plugin @lab\/odd: it is broken/],
    'sink-throws': ['PLUGIN_FAILED', /sink 'note' of the plugin @lab\/odd failed as it was opened: no ink/],
    'sink-is-none': ['PLUGIN_FAILED', /opens no Writable in object mode/],
    'write-fails': ['PLUGIN_FAILED', /sink 'note' of the plugin @lab\/odd failed: the ink is out/],
    'no-file': ['PLUGIN_FAILED', /has ended without its file .*no-file\.txt\.partial/],
  }
  const folder = await folderWith(t, { 'p.yml': pipelineOf([...Object.keys(wanted), 'fine']) })
  const { slides, failures } = await runPipeline(await readPlan(path.join(folder, 'p.yml')))
  t.deepEqual(slides, { done: 1, failed: Object.keys(wanted).length, skipped: 0 })
  for (const [id, [code, sentence]] of Object.entries(wanted)) {
    const found = failures.find(({ slide }) => slide === id)
    t.is(found?.error.code, code, `${id}: ${found?.error.message}`)
    t.regex(found!.error.message, sentence, id)
  }
  t.deepEqual([...(await resultsOf(path.join(folder, 'out'))).keys()], ['fine.csv', 'fine.txt'])
})

test('a patch that a reader gives too few pixels for can be marked; a source that fails ends the run', async (t) => {
  const folder = await folderWith(t, { 'p.yml': pipelineOf(['tile-short', 'late'], { extract: 'extract: { on_error: mark }' }) })
  const plan = await readPlan(path.join(folder, 'p.yml'))
  const given = globalThis as { throwingRef?: string }
  given.throwingRef = 'late'
  try {
    await t.throwsAsync(runPipeline(plan), {
      code: 'PLUGIN_FAILED',
      message: /source 'made' of the plugin @lab\/odd failed: the list is gone/,
    })
  } finally {
    delete given.throwingRef
  }
  const { unreadable, slides } = await runPipeline(plan)
  t.deepEqual([unreadable, slides.failed], [1, 0])
})

for (const ids of [['address-stuck', 'write-stuck', 'final-stuck', 'count-stuck'], ['pixels-stuck']]) {
  test(`a part that never ends is stopped by the signal and leaves nothing behind: ${ids.join(', ')}`, async (t) => {
    const folder = await folderWith(t, { 'p.yml': pipelineOf(ids, { runtime: '{ lanes: 1, slides: 4 }' }) })
    const stop = new AbortController()
    const plan = await readPlan(path.join(folder, 'p.yml'))
    const running = runPipeline(plan, { signal: stop.signal })
    while ((await readdir(folder)).filter((name) => name.startsWith('stuck-')).length < ids.length) await setTimeout(20)
    stop.abort()
    const { status, interrupted } = await running
    t.is(status, 'stopped')
    t.deepEqual(interrupted.toSorted(), ids.toSorted())
    t.deepEqual([...(await resultsOf(path.join(folder, 'out'))).keys()], [])
  })
}

test('stages of a plugin that lay the grid, read pixels and ask models are to all others what the built-in ones are', async (t) => {
  const own = { grid: 'lattice', extract: 'look', batch: 'pack', infer: 'ask' }
  const stages = Object.entries(own).map(([name, called]) => {
    return `{ ...${name}, name: '${called}', load: () => import('${built(`stages/${name}/stage.js`)}') }`
  })
  const module = `
import { definePlugin } from '${built('index.js')}'
${Object.keys(own)
  .map((name) => `import ${name} from '${built(`stages/${name}/spec.js`)}'`)
  .join('\n')}
export default definePlugin({ name: 'own', version: '1.0.0', stages: [${stages.join(', ')}] })
`
  const text = (names: Readonly<Record<keyof typeof own, string>>, output: string) => `output: ./${output}
plugins: [./own.mjs]
slides: { glob: "${path.join(packageRoot, 'fixtures/slides/*.tif')}" }
stages:
  - ${names.grid}: { like: stain }
  - mask: { keep: 50 % }
  - sample: { every: 16 }
  - ${names.extract}
  - ${names.batch}: { size: 4 }
  - ${names.infer}: { model: stain }
  - infer: { model: surroundings, as: around }
  - merge
sinks: [csv]
runtime: { lanes: 1 }
`
  const builtIn = { grid: 'grid', extract: 'extract', batch: 'batch', infer: 'infer' }
  const folder = await folderWith(t, { 'own.mjs': module, 'own.yml': text(own, 'own'), 'usual.yml': text(builtIn, 'usual') })
  for (const name of ['own', 'usual']) await runPipeline(await readPlan(path.join(folder, `${name}.yml`)))
  const rows = await readFile(path.join(folder, 'own/demo.csv'), 'utf8')
  t.regex(rows, /stain_prob_eosin_rich.*around_prob_glass/)
  t.is(rows, await readFile(path.join(folder, 'usual/demo.csv'), 'utf8'))
})
