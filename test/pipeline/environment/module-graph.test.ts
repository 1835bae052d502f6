/** Of a module of the user everything counts that it imports. Which files those are is what Node loads: each case is imported, too. */

import { cp, mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../../src/core/package-root.js'
import { hashOfModule } from '../../../src/pipeline/environment/modules/graph.js'
import { folderOf } from '../../sources/support.js'

let turn = 0

/** Changes `file` from the value 1 to the value 2; true when the hash sees it. What the module exports must follow, or the case is none. */
async function sees(t: ExecutionContext, files: Readonly<Record<string, string>>, file: string, entry = 'main.mjs'): Promise<void> {
  const folder = await folderOf(t, files)
  const main = path.join(folder, entry)
  const before = await hashOfModule(main)
  t.is(await hashOfModule(main), before, 'the same twice')
  const changed = { ...files, [file]: files[file]!.replaceAll('1', '2') }
  const other = await folderOf(t, changed)
  const value = async (at: string) => (await import(`${pathToFileURL(path.join(at, entry)).href}?${turn++}`)).default
  t.is(await value(folder), 1)
  t.is(await value(other), 2)
  t.not(await hashOfModule(path.join(other, entry)), before, file)
}

const one = 'export default 1\n'

test('static imports, through other modules and folders, and re-exports', async (t) => {
  await sees(t, { 'main.mjs': one }, 'main.mjs')
  await sees(t, { 'main.mjs': "import one from './lib/a.mjs'\nexport default one\n", 'lib/a.mjs': one }, 'lib/a.mjs')
  await sees(
    t,
    {
      'sub/main.mjs': "export { default } from '../lib/a.mjs'\n",
      'lib/a.mjs': "export * from './b.mjs'\nexport { default } from './b.mjs'\n",
      'lib/b.mjs': one,
    },
    'lib/b.mjs',
    'sub/main.mjs',
  )
  await sees(t, { 'main.mjs': 'import /* all */\n  // of it\n  one\n  from "./a.mjs"\nexport default one', 'a.mjs': one }, 'a.mjs')
  await sees(t, { 'main.mjs': "import './side.mjs'\nexport default globalThis.side", 'side.mjs': 'globalThis.side = 1' }, 'side.mjs')
  await sees(t, { 'main.mjs': "import one from './a.mjs?query#part'\nexport default one", 'a.mjs': one }, 'a.mjs')
})

test('names as JavaScript and addresses write them, and require under another word', async (t) => {
  await sees(t, { 'main.mjs': "export { default } from './\\u0061\\x62.mjs'", 'ab.mjs': one }, 'ab.mjs')
  await sees(t, { 'main.mjs': "export { default } from './a%20b.mjs'", 'a b.mjs': one }, 'a b.mjs')
  const load = (make: string, call: string) =>
    `import { ${make} } from 'node:module'\nconst $load = ${make.split(' ').at(-1)}(import.meta.url)\nexport default ${call}`
  await sees(t, { 'main.mjs': load('createRequire', "$load('./a')"), 'a.js': 'module.exports = 1' }, 'a.js')
  await sees(t, { 'main.mjs': load('createRequire as make', "$load ( /* it */ './a.json' )"), 'a.json': '1' }, 'a.json')
})

test('dynamic imports, require, JSON and files beside', async (t) => {
  await sees(t, { 'main.mjs': "export default (await import(/* now */ './a.mjs')).default", 'a.mjs': one }, 'a.mjs')
  await sees(t, { 'main.mjs': 'export default (await import(`./a.mjs`)).default', 'a.mjs': one }, 'a.mjs')
  await sees(
    t,
    {
      'main.mjs':
        "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)\nexport default require('./a')",
      'a.js': 'module.exports = 1',
    },
    'a.js',
  )
  await sees(
    t,
    { 'main.cjs': "module.exports = require('./a')", 'a.js': "module.exports = require('./b')", 'b.json': '1' },
    'b.json',
    'main.cjs',
  )
  await sees(
    t,
    { 'main.cjs': "module.exports = require('./lib')", 'lib/package.json': '{"main":"src/a"}', 'lib/src/a.js': 'module.exports = 1' },
    'lib/src/a.js',
    'main.cjs',
  )
  await sees(t, { 'main.mjs': "import one from './n.json' with { type: 'json' }\nexport default one", 'n.json': '1' }, 'n.json')
  const read =
    "import { readFileSync } from 'node:fs'\nexport default Number(readFileSync(new URL('weights.txt', import.meta.url), 'utf8'))"
  await sees(t, { 'main.mjs': read, 'weights.txt': '1' }, 'weights.txt')
})

test('packages count by name and version, with what they depend on; a linked one by its content', async (t) => {
  const packages = (version: string, deeper: string) => ({
    'main.mjs': "import value from 'thing'\nexport default value",
    'node_modules/thing/package.json': JSON.stringify({ name: 'thing', version, main: 'i.js', dependencies: { '@scope/deep': '*' } }),
    'node_modules/thing/i.js': 'module.exports = 1',
    'node_modules/@scope/deep/package.json': JSON.stringify({ name: '@scope/deep', version: deeper }),
  })
  const hash = async (files: Record<string, string>) => hashOfModule(path.join(await folderOf(t, files), 'main.mjs'))
  const base = await hash(packages('1.0.0', '1.0.0'))
  t.is(await hash(packages('1.0.0', '1.0.0')), base)
  t.not(await hash(packages('1.0.1', '1.0.0')), base)
  t.not(await hash(packages('1.0.0', '1.0.1')), base)
  const linked = async (value: string) => {
    const folder = await folderOf(t, {
      'main.mjs': "import value from 'mine'\nexport default value",
      'lib/package.json': '{"name":"mine","version":"1.0.0","main":"i.js"}',
      'lib/i.js': "module.exports = require('./deep/x')",
      'lib/deep/x.js': `module.exports = ${value}`,
    })
    await mkdir(path.join(folder, 'node_modules'))
    await symlink('../lib', path.join(folder, 'node_modules/mine'))
    return hashOfModule(path.join(folder, 'main.mjs'))
  }
  t.is(await linked('1'), await linked('1'))
  t.not(await linked('1'), await linked('2'))
})

test('of tiastream the version counts, also where a module imports a file of it', async (t) => {
  const importing = async (file: string) => {
    const folder = await folderOf(t, { 'main.mjs': "import './lib.mjs'" })
    await symlink(path.join(packageRoot, file), path.join(folder, 'lib.mjs'))
    return hashOfModule(path.join(folder, 'main.mjs'))
  }
  t.is(await importing('dist/src/index.js'), await importing('dist/src/core/errors.js'))
  t.not(await importing('dist/src/index.js'), await importing('dist/test/sources/support.js'), 'what is no part of it')
})

test('names of the own package (#name) are followed, whichever condition is met', async (t) => {
  const files = {
    'package.json': '{"name":"p","type":"module","imports":{"#one":{"node":"./a.js","default":"./b.js"},"#lib/*":"./lib/*.js"}}',
    'main.js': "import one from '#one'\nimport two from '#lib/x'\nexport default one * two",
    'a.js': one,
    'b.js': 'export default 3',
    'lib/x.js': one,
  }
  await sees(t, files, 'a.js', 'main.js')
  await sees(t, files, 'lib/x.js', 'main.js')
})

test('where it lies, how files are called and what is not imported are no part of it; circles end', async (t) => {
  const files = { 'x/main.mjs': "import './b.mjs'\nexport default 1", 'x/b.mjs': "import './main.mjs'\n", 'x/other.mjs': one }
  const folder = await folderOf(t, files)
  const main = path.join(folder, 'x/main.mjs')
  const before = await hashOfModule(main)
  await writeFile(path.join(folder, 'x/other.mjs'), 'export default 2')
  t.is(await hashOfModule(main), before)
  await cp(path.join(folder, 'x'), path.join(folder, 'y/z'), { recursive: true })
  t.is(await hashOfModule(path.join(folder, 'y/z/main.mjs')), before)
  await rename(main, path.join(folder, 'x/renamed.mjs'))
  t.not(await hashOfModule(path.join(folder, 'x/renamed.mjs')), before, 'b.mjs imports what is not there now')
})

test('what is not there is no error here, and counts once it is', async (t) => {
  const folder = await folderOf(t, { 'main.mjs': "import one from './a.mjs'\nimport x from 'no-such-package'\nexport default one" })
  const before = await hashOfModule(path.join(folder, 'main.mjs'))
  await writeFile(path.join(folder, 'a.mjs'), one)
  t.not(await hashOfModule(path.join(folder, 'main.mjs')), before)
  await t.throwsAsync(hashOfModule(path.join(folder, 'none.mjs')), { code: 'ENOENT' })
})
