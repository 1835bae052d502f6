/** Commands that are given the address of a slide. */

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
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
