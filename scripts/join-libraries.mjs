/**
 * Part of `npm run build`: puts each library of many small files that every run loads into one file under `dist/src/libraries`, with what we
 * import of it and no more, and lets our built files import that. Node opens, resolves and compiles half as many files then, at every
 * start and in every thread. The sources know nothing of it, and the libraries stay dependencies: their types and licences are read there.
 */

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { rolldown } from 'rolldown'

const root = 'build/src'
const place = join(root, 'libraries')
const joined = ['apache-arrow', 'cli-progress', 'commander', 'hyparquet', 'hyparquet-writer', 'p-queue', 'protobufjs', 'yaml', 'zod']

/** A clause of `import … from 'library'`, as the compiler writes it, or a part of a library behind a slash. */
const importing = new RegExp(`\\b(import|export) ([^'"();]*?) from '((?:${joined.join('|')})(?:/[^']*)?)'`, 'g')
/** The same after this script: the specifier says where the file lies, and its name which part it is. */
const rewritten = /\b(import|export) ([^'"();]*?) from '(?:\.\.?\/)+libraries\/([^']*)\.js'/g
const lazy = new RegExp(`\\bimport\\('(?:${joined.join('|')})(?:/[^']*)?'\\)`)

const fileOf = (specifier) => specifier.replaceAll('/', '.').replace(/\.js$/, '')

/** What of each part is imported anywhere: specifier → names. */
const wanted = new Map()
const sources = new Map()

for (const name of readdirSync(root, { recursive: true })) {
  const path = join(root, name)
  if (!path.endsWith('.js') || path.startsWith(place)) continue
  const text = readFileSync(path, 'utf8')
  if (lazy.test(text)) throw new Error(`${path} imports a joined library by import(): that needs a case in scripts/join-libraries.mjs`)
  const clauses = [...text.matchAll(importing)].map(([, , clause, specifier]) => [clause, specifier])
  const before = [...text.matchAll(rewritten)].map(([, , clause, file]) => [clause, specifierOf(file)])
  if (clauses.length + before.length === 0) continue
  for (const [clause, specifier] of [...clauses, ...before]) {
    const names = wanted.get(specifier) ?? new Set()
    wanted.set(specifier, names)
    for (const each of namesOf(clause, text)) names.add(each)
  }
  if (clauses.length > 0) sources.set(path, text)
}

/** The part of a library that a file of `libraries` holds. */
function specifierOf(file) {
  const at = file.replaceAll('.', '/')
  return at.includes('/') ? `${at}.js` : at
}

/** The names that one clause takes; of a namespace those that follow its dot. */
function namesOf(clause, text) {
  const space = clause.match(/^\* as (\w+)$/)
  if (space) return [...text.matchAll(new RegExp(`\\b${space[1]}\\.(\\w+)`, 'g'))].map(([, name]) => name)
  const [, first, inner] = clause.match(/^(\w+)?,? ?(?:\{([^}]*)\})?$/) ?? []
  if (first === undefined && inner === undefined) throw new Error(`scripts/join-libraries.mjs does not understand: import ${clause}`)
  const list = (inner ?? '').split(',').map((each) => each.trim().split(/ as /)[0])
  return [...(first === undefined ? [] : ['default']), ...list].filter((name) => name !== '')
}

// What npm says that it has laid here, with the version of each package.
const installed = 'node_modules/.package-lock.json'
const entries = [...wanted].map(([specifier, names]) => [specifier, [...names].sort()]).sort(([a], [b]) => (a < b ? -1 : 1))
const key = createHash('sha256')
  .update(
    JSON.stringify([entries, existsSync(installed) ? readFileSync(installed, 'utf8') : '', readFileSync(new URL(import.meta.url), 'utf8')]),
  )
  .digest('hex')
const mark = join(place, 'made-from')

if (!existsSync(mark) || readFileSync(mark, 'utf8') !== key) {
  rmSync(place, { recursive: true, force: true })
  const text = new Map(
    entries.map(([specifier, names]) => [`entry:${specifier}`, `export { ${names.join(', ')} } from ${JSON.stringify(specifier)}\n`]),
  )
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map(([specifier]) => [fileOf(specifier), `entry:${specifier}`])),
    platform: 'node',
    plugins: [
      {
        name: 'entries',
        resolveId: (id) => (text.has(id) ? id : null),
        load: (id) => text.get(id) ?? null,
      },
    ],
    // How long it takes is no mistake of a library: a busy machine would not build.
    checks: { bundlerTimings: false },
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(`a library cannot be joined: ${log.message}`)
    },
  })
  await bundle.write({
    dir: place,
    format: 'esm',
    minify: { compress: true, mangle: true, codegen: { removeWhitespace: true } },
    comments: { annotation: false, jsdoc: false, legal: true },
    entryFileNames: '[name].js',
    chunkFileNames: 'shared-[name].js',
  })
  await bundle.close()
  writeFileSync(mark, key)
}

for (const [path, text] of sources) {
  const to = (specifier) => {
    const way = relative(dirname(path), join(place, `${fileOf(specifier)}.js`)).replaceAll('\\', '/')
    return way.startsWith('.') ? way : `./${way}`
  }
  writeFileSync(
    path,
    text.replace(importing, (_, word, clause, specifier) => `${word} ${clause} from '${to(specifier)}'`),
  )
}
