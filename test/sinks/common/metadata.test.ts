import test from 'ava'
import { withoutSecrets } from '../../../src/core/address.js'
import { metadataOf, parseMetadata } from '../../../src/sinks/common/metadata.js'
import { contextOf, everyType, metadata } from '../tables.js'

test('what is written about a table reads back the same', (t) => {
  const context = contextOf('x', everyType)
  t.deepEqual(parseMetadata(JSON.stringify(metadataOf(context))), metadata(everyType))
})

test('text that is something else is no metadata', (t) => {
  for (const text of ['', '{}', 'null', '{"columns":[]}', JSON.stringify({ ...metadata(everyType), slide: 5 })])
    t.is(parseMetadata(text), null)
})

test('an address is written without user, password, query and fragment', (t) => {
  t.is(withoutSecrets('https://user:p%40ss@host.org/a/b.svs?X-Signature=abc#x'), 'https://host.org/a/b.svs')
  t.is(withoutSecrets('s3://bucket/a.svs'), 's3://bucket/a.svs')
  t.is(withoutSecrets('slides/a b?.svs'), 'slides/a b?.svs')
  t.is(withoutSecrets('https://host.org/~me@home/a.svs'), 'https://host.org/~me@home/a.svs')
})
