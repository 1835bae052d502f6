/** Commands that are given the address of a slide. */

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { folderOf } from '../sources/support.js'
import { tiastream } from '../support/command-line.js'
import { oddServer } from '../support/odd-server.js'
import { tempFolder } from '../support/temp.js'

test('inspect and thumbnail read from a web server, and tell no secret of the address', async (t) => {
  const server = await oddServer(readFileSync(path.join(packageRoot, 'fixtures/small/pyramid-subifd.tif')))
  t.teardown(() => server.close())
  const folder = await tempFolder(t)
  const address = `${server.url}/a%20b.tif?sig=s3cret`
  const said = await tiastream(['inspect', address], folder)
  t.is(said.code, 0)
  t.true(said.out.startsWith(`${server.url}/a%20b.tif\n`))
  t.is((await tiastream(['thumbnail', address, '--longest', '64'], folder)).code, 0)
  t.true(existsSync(path.join(folder, 'a b.thumbnail.jpg')))
  server.odd = (_, __, response) => !!response.writeHead(403).end()
  const refused = [await tiastream(['inspect', '--json', address], folder), await tiastream(['inspect', address], folder)]
  t.deepEqual(
    refused.map(({ code }) => code),
    [1, 1],
  )
  t.notRegex(JSON.stringify([said, refused]), /s3cret/)
})

test('a list or pattern whose server does not answer ends with 4: a scheduler tries again what may pass, and gives up a pipeline that is wrong', async (t) => {
  // Nobody listens at port 1.
  const pipeline = (slides: string, grid = 'grid') =>
    `output: out\nslides: ${slides}\nstages: [${grid}, extract, batch, { infer: { model: stain } }, merge]\nsinks: [csv]\n`
  const list = '{ list: "http://127.0.0.1:1/cohort.csv" }'
  const folder = await folderOf(t, {
    'list.yml': pipeline(list),
    'keys.yml': pipeline('{ glob: "s3://b/*.svs", s3: { endpoint: "http://127.0.0.1:1", anonymous: true } }'),
    'wrong.yml': pipeline(list, '{ grid: { sise: 64 } }'),
  })
  for (const [command, name, code] of [
    ['run', 'list.yml', 4],
    ['check', 'keys.yml', 4],
    ['run', 'wrong.yml', 2],
  ] as const) {
    const said = await tiastream([command, name], folder)
    t.is(said.code, code, said.out + said.err)
    t.regex(said.out + said.err, name === 'wrong.yml' ? /sise/ : /ECONNREFUSED/)
  }
})
