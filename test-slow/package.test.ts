/** The package as others get it: what is in it, what it runs when installed (nothing), and that it works from an empty folder. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../src/core/package-root.js'
import { tempFolder } from '../test/support/temp.js'

const run = promisify(execFile)
const json = async (file: string) => JSON.parse(await readFile(path.join(packageRoot, file), 'utf8'))

interface Locked {
  readonly hasInstallScript?: boolean
  readonly dev?: boolean
  readonly integrity?: string
}

test('installing runs no script of ours, and none of others that is not known', async (t) => {
  const { scripts } = await json('package.json')
  for (const name of ['preinstall', 'install', 'postinstall', 'prepublish', 'prepack', 'postpack']) t.is(scripts[name], undefined, name)
  t.is(scripts.prepare, 'npm run build')
  t.regex(scripts.build, /^tsc /)
  const { lockfileVersion, packages } = (await json('package-lock.json')) as { lockfileVersion: number; packages: Record<string, Locked> }
  t.is(lockfileVersion, 3)
  const withScripts = Object.entries(packages).filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev)
  // npm ci runs the scripts of what the lock marks so. The runtime's would fetch GPU files from a host that many networks do not reach; the
  // others look for a binary that is in the package. After an `npm install` that marks them again: take the marks out.
  t.deepEqual(withScripts, [])
  for (const [name, { integrity }] of Object.entries(packages)) if (name !== '') t.truthy(integrity, `${name} has a hash`)
})

test('the bill of materials names every package that is installed, without the network', async (t) => {
  const { stdout } = await run('npm', ['run', '--silent', 'sbom', '--', '--offline'], { cwd: packageRoot, maxBuffer: 2 ** 26 })
  const bill = JSON.parse(stdout)
  t.is(bill.bomFormat, 'CycloneDX')
  const names = new Set(bill.components.map(({ group, name }: { group?: string; name: string }) => (group ? `${group}/${name}` : name)))
  const { dependencies, devDependencies } = await json('package.json')
  for (const name of Object.keys(dependencies)) t.true(names.has(name), name)
  for (const name of ['ava', 'typescript']) t.false(name in devDependencies && names.has(name), `${name} is not shipped`)
})

/** The packed package. From a copy of what git knows, so that nothing else is in it. */
async function pack(t: ExecutionContext, folder: string) {
  const copy = path.join(folder, 'copy')
  await mkdir(copy)
  for (const name of [
    'src',
    'models',
    'pipelines',
    'fixtures',
    'docs',
    'examples',
    'deploy',
    'bench/README.md',
    'scripts',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'README.md',
    'ARCHITECTURE.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'GUARANTEES.md',
    'LICENSE',
  ])
    await cp(path.join(packageRoot, name), path.join(copy, name), { recursive: true, dereference: true })
  // What `npm ci` or `npm run compile` built of these sources: of each file that is there, its program and types, and its map where it was not joined; and what was joined.
  for (const folder of ['dist/src/libraries', 'dist/src/joined'])
    await cp(path.join(packageRoot, folder), path.join(copy, folder), { recursive: true })
  for (const source of (await readdir(path.join(copy, 'src'), { recursive: true })).filter((name) => /(?<!\.d)\.ts$/.test(name)))
    for (const ending of ['.js', '.js.map', '.d.ts']) {
      const built = path.join('dist/src', source.replace(/\.ts$/, ending))
      if (ending !== '.js.map' || existsSync(path.join(packageRoot, built))) await cp(path.join(packageRoot, built), path.join(copy, built))
    }
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts'], { cwd: copy, maxBuffer: 2 ** 26 })
  const [packed] = JSON.parse(stdout) as [{ filename: string; size: number; files: { path: string }[] }]
  t.truthy(packed)
  return { tarball: path.join(copy, packed.filename), size: packed.size, files: packed.files.map((file) => file.path) }
}

test('the package is small, holds what it names, works where it is installed, and tells the cure where the runtime is absent', async (t) => {
  const folder = await tempFolder(t)
  const { tarball, size, files } = await pack(t, folder)
  // Three fifths of it are the demo slide.
  t.true(size < 6 * 2 ** 20, `${size} bytes`)
  const { bin, exports, types } = await json('package.json')
  for (const file of [bin.tiastream, exports['.'].types, exports['.'].default, types])
    t.true(files.includes(file.replace(/^\.\//, '')), file)
  const named = [
    'README.md',
    'LICENSE',
    'GUARANTEES.md',
    'CONTRIBUTING.md',
    'docs/reference.md',
    'models/zoo.yml',
    'pipelines/quickstart.yml',
  ]
  for (const file of named) t.true(files.includes(file), file)
  t.deepEqual(
    files.filter((file) => /(^|\/)(test|test-slow|bench|node_modules|\.env|\.npmrc)(\/|$)/.test(file)),
    ['bench/README.md'],
  )
  const place = path.join(folder, 'place')
  await mkdir(place)
  await writeFile(path.join(place, 'package.json'), '{ "private": true, "type": "module" }')
  await run('npm', ['install', '--omit=optional', '--no-audit', '--no-fund', '--prefer-offline', tarball], {
    cwd: place,
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  })
  // A dependency, not an optional one: those are left out without a word when their script fails.
  const runtime = path.join(place, 'node_modules/onnxruntime-node')
  t.true(existsSync(runtime))
  await rm(runtime, { recursive: true })
  const { stdout: version } = await run('npx', ['--no-install', 'tiastream', '--version'], { cwd: place })
  t.is(version.trim(), (await json('package.json')).version)
  const { stdout: names } = await run(process.execPath, ['-e', "import('tiastream').then((all) => console.log(Object.keys(all).length))"], {
    cwd: place,
  })
  t.true(Number(names) > 10)
  await writeFile(
    path.join(place, 'pipeline.yml'),
    `output: ./out
slides: { glob: ./node_modules/tiastream/fixtures/slides/demo.tif }
stages: [{ grid: { size: 224 px, at: 4 mpp } }, { mask: { method: none } }, extract, batch, { infer: { model: stain } }, merge]
sinks: [csv]
`,
  )
  // What npx runs, as it was seen above: npx itself costs more than the program.
  const command = path.join(place, 'node_modules/.bin/tiastream')
  const tiastream = async (...args: string[]) =>
    run(command, args, { cwd: place }).then(
      ({ stderr }) => ({ code: 0, stderr }),
      (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
    )
  const absent = await tiastream('run', 'pipeline.yml')
  t.is(absent.code, 3, absent.stderr)
  t.regex(absent.stderr, /onnxruntime-node, which runs the models, is not installed/)
  const cure = /ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node/.exec(absent.stderr)?.[0]
  t.truthy(cure, absent.stderr)
  // The cure as it is printed, and then the same command works. (It brings what is optional, too.)
  await run('sh', ['-c', `${cure} --no-audit --no-fund --prefer-offline`], { cwd: place })
  const cured = await tiastream('run', 'pipeline.yml')
  t.is(cured.code, 0, cured.stderr)
  t.true((await readFile(path.join(place, 'out/demo.csv'), 'utf8')).split('\n').length > 10)
  await compilesForUsers(t, place)

  const queue = await tiastream('status', '--queue', 'redis://127.0.0.1:1')
  t.is(queue.code, 5, queue.stderr)
  t.regex(queue.stderr, /npm install bullmq ioredis/)

  const quickstart = await tiastream('run', 'node_modules/tiastream/pipelines/quickstart.yml')
  t.is(quickstart.code, 0, quickstart.stderr)
  t.regex(quickstart.stderr, /lies inside node_modules, so its results go to/)
  t.true(existsSync(path.join(place, 'out/quickstart/rows/demo.parquet')))
  t.false(existsSync(path.join(place, 'node_modules/tiastream/out')))

  // The example of a plugin, as it is in the package: from a program, from a pipeline file, and as a package of its own.
  const plugin = path.join(place, 'plugin')
  await cp(path.join(place, 'node_modules/tiastream/examples/plugin'), plugin, { recursive: true })
  const { stdout: said } = await run(process.execPath, ['run.mjs'], { cwd: plugin })
  t.is(said.trim(), '2 slides, 56 rows')
  await cp(plugin, path.join(place, 'node_modules/@lab/tiastream-plain'), { recursive: true })
  const text = await readFile(path.join(plugin, 'pipeline.yml'), 'utf8')
  await writeFile(
    path.join(plugin, 'package.yml'),
    text.replace('./index.mjs', '"@lab/tiastream-plain"').replace('./out', './out-of-package'),
  )
  for (const file of ['pipeline.yml', 'package.yml']) {
    const ran = await tiastream('run', path.join('plugin', file))
    t.is(ran.code, 0, ran.stderr)
  }
  // 256 x 128 pixels, 200 and 100 red in halves; 128 x 192, 50 and 150: in patches of 32 x 32.
  for (const [id, rows, redness] of [
    ['A1', 32, 150],
    ['B1', 24, 100],
  ] as const) {
    const tally = JSON.parse(await readFile(path.join(plugin, 'out', `${id}.tally.json`), 'utf8'))
    t.deepEqual([tally.rows, tally.means.redness], [rows, redness])
    for (const name of [`${id}.csv`, `${id}.tally.json`]) {
      const bytes = await readFile(path.join(plugin, 'out', name))
      // What it is made of counts, not where it lies.
      for (const other of ['out-of-program', 'out-of-package']) t.deepEqual(await readFile(path.join(plugin, other, name)), bytes, other)
    }
  }
  t.is((await tiastream('check', '--no-plugins', 'plugin/pipeline.yml')).code, 2)
})

/** The TypeScript of the README and of docs/programs.md, and the type tests, as a strict project beside the installed package; its declarations are checked, too. */
async function compilesForUsers(t: ExecutionContext, place: string) {
  const pages = await Promise.all(['README.md', 'docs/programs.md'].map((page) => readFile(path.join(packageRoot, page), 'utf8')))
  const blocks = pages.flatMap((page) => [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block]) => block!))
  t.true(blocks.length > 2)
  for (const [i, block] of blocks.entries()) await writeFile(path.join(place, `page-${i}.ts`), block)
  const types = await readFile(path.join(packageRoot, 'test/types.ts'), 'utf8')
  t.true(types.includes("from '../src/index.js'"))
  await writeFile(path.join(place, 'types.ts'), types.replace("'../src/index.js'", "'tiastream'"))
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, noEmit: true }
  const compilerOptions = { ...strict, target: 'es2023', lib: ['es2023'], module: 'nodenext', types: ['node'] }
  await writeFile(
    path.join(place, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: [...blocks.map((_, i) => `page-${i}.ts`), 'types.ts'] }),
  )
  const compiler = path.join(packageRoot, 'node_modules/typescript/bin/tsc')
  const said = await run(process.execPath, [compiler, '-p', place]).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  )
  // The runtime's own types want a browser's.
  t.deepEqual(
    said.split('\n').filter((line) => line !== '' && !line.includes('node_modules/onnxruntime-common/')),
    [],
  )
}
