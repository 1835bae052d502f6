/** The names of pictures in their set: the same wherever it lies, and a way back from each. */

import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { commonFolder, folderOf, pathsFrom, pictureAt } from '../../src/core/picture-path.js'

const places = ['/data/set', 's3://bucket/set', 'https://host:80/some%20where/set', 'az://account/box/set', 'gs://bucket']

const at = (root: string, names: readonly string[]) =>
  [root, ...(root.startsWith('http') ? names.map(encodeURIComponent) : names)].join('/')

/** Names of files, with what makes addresses hard. */
const name = fc.oneof(
  fc.constantFrom('a.png', 'dark red', 'c d.png', 'ä%20.png', '#1?x=2.png', 'a+b', '...'),
  fc.string({ unit: fc.constantFrom('a', 'B', ' ', '%', '.', '~', '&', 'é'), minLength: 1 }).filter((text) => !/^\.{1,2}$/.test(text)),
)

test('a picture has one name in its set, and is found by it again', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.array(name, { minLength: 1, maxLength: 4 }), (root, names) => {
      // What an az:// address ends with may be what signs it.
      if (root.startsWith('az:') && names.join('/').includes('sig=')) return
      const uri = at(root, names)
      t.is(pathsFrom(root)(uri), names.join('/'))
      t.is(pictureAt(root, names.join('/')), uri)
    }),
  )
})

for (const [root, uri, file] of [
  ['/data/set', '/data/set/a.png', 'a.png'],
  ['/data/lists', '/data/set/c/a.png', '../set/c/a.png'],
  ['/', '/a.png', 'a.png'],
  ['s3://bucket/lists', 's3://bucket/set/a.png', '../set/a.png'],
  ['https://host/lists', 'https://host/a%20b/c.png?sig=s3cret', '../a b/c.png'],
  // What would be another path as a name stays as it is written.
  ['https://host/set', 'https://host/set/a%2Fb.png', 'a%2Fb.png'],
  ['https://host/set', 'https://host/set/100%.png', '100%.png'],
  // Of another server the whole address.
  ['s3://bucket/set', 's3://other/set/a.png', 's3://other/set/a.png'],
  ['/data/set', 'https://user:s3cret@host/a.png?sig=s3cret', 'https://host/a.png'],
] as const) {
  test(`from ${root}: ${uri}`, (t) => {
    t.is(pathsFrom(root)(uri), file)
  })
}

test('a name leads to a place: from a folder, from a server, or by itself', (t) => {
  t.is(pictureAt('/data/lists', '../set/a.png'), '/data/set/a.png')
  t.is(pictureAt('s3://bucket/lists', '../set/a.png'), 's3://bucket/set/a.png')
  t.is(pictureAt('https://host/lists', '../a b/c.png'), 'https://host/a%20b/c.png')
  t.is(pictureAt('s3://bucket', '../../a.png'), 's3://bucket/a.png', 'no path leads out of a bucket')
  t.is(pictureAt('s3://bucket/set', 's3://other/set/a.png'), 's3://other/set/a.png')
  t.is(pictureAt('/data/set', '/elsewhere/a.png'), '/elsewhere/a.png')
})

test('the deepest folder of several', (t) => {
  t.is(commonFolder(['/data/set/a', '/data/set/b', '/data/set']), path.normalize('/data/set'))
  t.is(commonFolder(['/data/set', '/data/settings']), path.normalize('/data'))
  t.is(commonFolder(['/a', '/b']), '/')
  t.is(commonFolder(['s3://bucket/a/x', 's3://bucket/a/y']), 's3://bucket/a')
  t.is(commonFolder(['s3://bucket', 's3://bucket/a']), 's3://bucket')
  t.is(commonFolder(['s3://bucket/a', 's3://other/a']), null)
  t.is(commonFolder(['/a', 's3://bucket/a']), null)
  t.is(commonFolder([]), null)
})

test('the folder of a picture, without secrets', (t) => {
  t.is(folderOf('/data/set/a.png'), '/data/set')
  t.is(folderOf('https://host/c/a.png?sig=a/b'), 'https://host/c')
  t.is(folderOf('s3://bucket/a.png'), 's3://bucket')
})
