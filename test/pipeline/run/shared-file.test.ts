/** A file that several runs write at once, as shards of one output do, is always one of theirs, whole. */

import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { writeShared } from '../../../src/pipeline/store/durable.js'
import { tempFolder } from '../../support/temp.js'

test('whoever meets there, the file is whole, and no partial one is left, not even of a run that was killed', async (t) => {
  const folder = await tempFolder(t)
  const file = path.join(folder, 'state/columns.json')
  const contents = Array.from({ length: 12 }, (_, i) => String.fromCharCode(97 + i).repeat(200_000))
  await writeShared(file, contents[0]!)
  await writeFile(path.join(folder, 'state/.killed.columns.json.partial'), 'half')
  await writeFile(path.join(folder, 'state/other.json'), 'another file')
  let reading = true
  const reader = (async () => {
    while (reading) t.true(contents.includes(await readFile(file, 'utf8')))
  })()
  await Promise.all(contents.map((content) => writeShared(file, content)))
  reading = false
  await reader
  t.true(contents.includes(await readFile(file, 'utf8')))
  t.deepEqual((await readdir(path.dirname(file))).sort(), ['columns.json', 'other.json'])
})
