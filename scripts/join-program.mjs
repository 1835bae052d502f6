/**
 * Part of `npm run build`: makes `dist` of `build`, where the compiler writes. All is copied as it is, but for what every command and run loads, and
 * every lane and helper of a run: those modules are joined into a few files, `dist/src/joined`, and where each of them was lies one that hands on its
 * names. A run opens, resolves and compiles a third of the files then, in each of its threads. A module is there once, whoever asks for it and by
 * whichever way: plugins and tests get the very same as the command. The sources know nothing of it.
 */

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const from = resolve('build')
const to = resolve('dist')
const source = join(from, 'src')
const libraries = join(source, 'libraries')
const place = join(to, 'src', 'joined')

/** What is started, and with which modules. A thread shall find in its files nothing that it could never need, the others nothing that they do not need at once. */
const programs = [
  // Nearly every pipeline has slides, and `check` looks for them.
  { name: 'command', starts: ['cli/standard-streams.js', 'cli/ending.js', 'cli/program.js', 'cli/check.js', 'sources/slides/source.js'] },
  { name: 'run', starts: ['cli/run.js', 'sources/slides/source.js'] },
  { name: 'lane', starts: ['pipeline/run/lane-worker.js'], isThread: true },
  { name: 'helper', starts: ['pipeline/run/helper-worker.js'], isThread: true },
]

/** What they load by `import()`, and nearly every run does. */
const usual = [
  ...['grid', 'mask', 'extract', 'batch', 'infer', 'merge'].map((stage) => `stages/${stage}/stage.js`),
  'readers/tiff/open.js',
  'codecs/jpeg-native.js',
  'codecs/jpeg-exact.js',
  'codecs/sharp.js',
  'models/session/node-session.js',
  'sinks/parquet/sink.js',
]

/** All modules that `starts` load by `from`, and with `later` by `import()`, too. */
function reachedFrom(starts, later = false) {
  const importing = later ? /\b(?:from |import\()'(\.[^']+\.js)'/g : /\bfrom '(\.[^']+\.js)'/g
  const found = new Set()
  const reach = (file) => {
    if (found.has(file) || file.startsWith(libraries + sep)) return
    found.add(file)
    for (const [, name] of readFileSync(file, 'utf8').matchAll(importing)) reach(resolve(dirname(file), name))
  }
  for (const start of starts) reach(join(source, start))
  return found
}

// A module that was moved or taken away would stay: its test would still run, and a package would still hold it.
for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
  const [, module] = /^(.+)\.(?:js|js\.map|d\.ts)$/.exec(name) ?? []
  if (module === undefined || existsSync(`${module}.ts`) || join(from, name).startsWith(libraries + sep)) continue
  for (const folder of [from, to]) rmSync(join(folder, name), { force: true })
}

const loaded = programs.map(({ name, starts, isThread }) => ({ name, files: reachedFrom(starts, isThread) }))
/** Scripts of threads work by being loaded: each stays by itself. */
const scripts = new Set(programs.filter(({ isThread }) => isThread).flatMap(({ starts }) => starts.map((start) => join(source, start))))

/** Modules that the same programs load share a file: its name → they. */
const groups = new Map()
for (const file of reachedFrom([...programs.flatMap(({ starts }) => starts), ...usual])) {
  if (scripts.has(file)) continue
  const name = loaded.flatMap(({ name, files }) => (files.has(file) ? [name] : [])).join('-') || 'usual'
  groups.set(name, new Set([...(groups.get(name) ?? []), file]))
}
const joined = new Set([...groups.values()].flatMap((files) => [...files]))

for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name)
  if (entry.isFile() && !file.endsWith('.tsbuildinfo') && !joined.has(file.replace(/\.map$/, ''))) copy(file)
}

/** Times are kept: they say what is as it was. */
function copy(file) {
  const target = join(to, relative(from, file))
  const { size, mtime } = statSync(file)
  const there = statSync(target, { throwIfNoEntry: false })
  if (there?.size === size && Math.abs(there.mtimeMs - mtime.getTime()) < 1) return
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(file, target)
  utimesSync(target, mtime, mtime)
}

const nameOf = (file) => relative(source, file).replaceAll(sep, '/')
const newest = Math.max(...[...joined, fileURLToPath(import.meta.url)].map((file) => statSync(file).mtimeMs))
const key = JSON.stringify([newest, [...joined].map(nameOf)])
const mark = join(place, 'made-from')

if (!existsSync(mark) || readFileSync(mark, 'utf8') !== key) {
  // What is there stays until it is written anew: somebody may be starting it just now.
  rmSync(mark, { force: true })
  const bundle = await rolldown({
    input: Object.fromEntries([...joined].map((file) => [nameOf(file).slice(0, -3), file])),
    platform: 'neutral',
    preserveEntrySignatures: 'allow-extension',
    // Each name is asked for by somebody.
    treeshake: false,
    plugins: [
      {
        name: 'as they lie',
        resolveId(id, importer) {
          if (importer === undefined) return null
          if (!id.startsWith('.')) return { id, external: true }
          const file = resolve(dirname(importer), id)
          return joined.has(file) ? null : { id: join(to, relative(from, file)), external: 'relative' }
        },
        load: (file) => ({ code: readFileSync(file, 'utf8'), map: readFileSync(`${file}.map`, 'utf8') }),
        transform(code, file) {
          if (!code.includes('import.meta.url')) return null
          // The file of the module, not the one that it is joined into.
          const own = `new URL(${JSON.stringify(`../${nameOf(file)}`)}, import.meta.url).href`
          return { code: code.replace(/\bimport\.meta\.url\b/g, own), map: null }
        },
      },
    ],
    // How long it takes is no mistake of the program: a busy machine would not build.
    checks: { bundlerTimings: false },
    onLog: (level, log) => {
      // What one loads by `from` and another by `import()` is the same module for both.
      if (level === 'warn' && log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') throw new Error(`the program cannot be joined: ${log.message}`)
    },
  })
  const { output } = await bundle.write({
    dir: join(to, 'src'),
    format: 'esm',
    sourcemap: true,
    comments: { annotation: false, jsdoc: false, legal: true },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [...groups].map(([name, files]) => ({ name: `joined/${name}`, test: (file) => files.has(file) })),
    },
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  })
  await bundle.close()
  const written = new Set(output.map(({ fileName }) => join(to, 'src', fileName)))
  for (const file of readdirSync(place).map((name) => join(place, name))) if (!written.has(file)) rmSync(file)
  writeFileSync(mark, key)
}
