/** `tiastream init`, and where results go. */

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import sharp from 'sharp'
import { init } from '../../src/cli/init.js'
import { packageRoot } from '../../src/core/package-root.js'
import { checkPipeline } from '../../src/pipeline/check/check.js'
import { temporary } from '../sinks/tables.js'

const white = (file: string) => sharp({ create: { width: 224, height: 224, channels: 3, background: '#fff' } }).toFile(file)

for (const [kind, before] of [
  ['slides', '/data/slides'],
  ['tiles', '/data/tiles'],
  ['patches', '/data/patches'],
] as const) {
  test(`init ${kind}: it passes check when its place is changed and nothing else; results lie beside the file`, async (t) => {
    const folder = await temporary(t)
    await mkdir(path.join(folder, 'given', 'tumour'), { recursive: true })
    if (kind === 'slides') await cp(path.join(packageRoot, 'fixtures/slides/demo.tif'), path.join(folder, 'given', 'demo.tif'))
    else await white(path.join(folder, 'given', kind === 'patches' ? 'tumour/1.png' : '1.png'))
    const file = await init(kind, folder)
    const text = await readFile(file, 'utf8')
    t.is(text.split(before).length, 2, 'one place to change')
    await writeFile(file, text.replace(before, 'given'))
    const { plan, problems } = await checkPipeline(file)
    t.deepEqual(problems, [])
    t.is(plan?.output, path.join(folder, 'out', kind))
    t.regex(text, new RegExp(`# .*relative to this file.*out/${kind} beside it`))
    for (const [command] of text.matchAll(/tiastream export .*/g))
      t.regex(command, / -o \S/, 'what the run has made under that name would be in its way')
    for (const [, table] of text.matchAll(/(\S*)rows\/NAME/g)) t.is(table, `out/${kind}/`, 'a path from where the file is')

    await t.throwsAsync(init(kind, folder), { code: 'OUTPUT_EXISTS' })
    t.is(await readFile(file, 'utf8'), text.replace(before, 'given'))
  })
}

test('a pipeline of an installed package writes where the user stands, and says so; elsewhere beside itself', async (t) => {
  const folder = await temporary(t)
  const text = (await readFile(path.join(packageRoot, 'pipelines/quickstart.yml'), 'utf8')).replace(
    '../fixtures/slides',
    path.join(packageRoot, 'fixtures/slides'),
  )
  for (const [place, output, said] of [
    ['node_modules/tiastream/pipelines', path.resolve('out/quickstart'), 1],
    ['my_node_modules/pipelines', path.join(folder, 'my_node_modules/out/quickstart'), 0],
  ] as const) {
    await mkdir(path.join(folder, place), { recursive: true })
    const file = path.join(folder, place, 'quickstart.yml')
    await writeFile(file, text)
    const { plan, problems } = await checkPipeline(file)
    t.deepEqual(problems, [])
    t.is(plan?.output, output)
    t.is(plan?.warnings.filter((w) => w.includes('node_modules')).length, said)
    t.is((await checkPipeline(file, { output: path.join(folder, 'given') })).plan?.output, path.join(folder, 'given'))
  }
})
