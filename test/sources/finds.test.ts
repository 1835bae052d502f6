/** Patterns asked about files that are not there, against what they find once these are. */

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { finderOf } from '../../src/sources/common/finds.js'
import { filesOf } from '../../src/sources/common/glob.js'
import { tempFolder } from '../support/temp.js'

test('what patterns will find is what they find', async (t) => {
  const folder = path.join(await tempFolder(t), 'p [1] (x)!')
  const names = [
    'a.tif',
    'A.TIF',
    'a.svs',
    'in/a.tif',
    'in/out/a.map.tif',
    'in/out/b/a.tif',
    '.in/a.tif',
    'in/.a.tif',
    'in/x{1}.tif',
    '../up.tif',
  ]
  const patterns = [
    ['*.tif'],
    ['**/*.{svs,tif}'],
    ['./in/**/*.tif'],
    ['./in/*.tif', '!in/a.*'],
    ['**/*', '!in/out/**'],
    ['**/*.tif', '!**/*.map.tif'],
    ['../*.tif'],
    ['in/x\\{1\\}.tif'],
    ['.in/*.tif'],
    ['in/*/'],
    ['s3://b/**/*.tif', '!s3://b/a.tif'],
  ]
  const files = names.map((name) => path.resolve(folder, name))
  const before = await Promise.all(patterns.map(async (one) => files.filter(await finderOf(one, folder))))
  for (const file of files) {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, '')
  }
  for (const [i, one] of patterns.entries()) {
    const here = one.filter((pattern) => !pattern.includes('://') && !pattern.endsWith('/'))
    const after = here.length === 0 ? [] : await filesOf(here, folder)
    t.deepEqual([...before[i]!].sort(), [...after].sort(), one.join())
  }
  const absolute = [`${path.dirname(folder)}/*.tif`]
  t.deepEqual(files.filter(await finderOf(absolute, folder)), [...(await filesOf(absolute, folder))])
})
