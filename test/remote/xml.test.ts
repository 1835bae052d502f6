/** The XML of buckets: what regular expressions find, but of a page that was made to be searched for ever, too. */

import test from 'ava'
import fc from 'fast-check'
import { sectionsIn } from '../../src/remote/credentials/shared-files.js'
import { Named } from '../../src/remote/list.js'
import { azure, nextOn, objectsOn, s3 } from '../../src/remote/list-page.js'
import { elements, valueIn } from '../../src/remote/xml.js'

const soup = fc
  .array(
    fc.constantFrom(
      '<Key>',
      '</Key>',
      '<Key a="b">',
      '<Keys>',
      '<Contents>',
      '</Contents>',
      '<Up>',
      '</Up>',
      '<',
      '>',
      ' ',
      'x',
      '</',
      'Key',
    ),
    {
      maxLength: 40,
    },
  )
  .map((words) => words.join(''))

test('a key is no longer than stores have them, and those of a list come to so many letters', (t) => {
  const named = new Named('s3://b/', 5000)
  for (let i = 0; i < 5; i++) named.see({ key: 'k'.repeat(1000) })
  t.throws(() => named.see({ key: 'k' }), { message: 'the keys below s3://b/ have more than 5000 letters together' })
  t.throws(() => named.see({ key: '/'.repeat(4097) }), { message: /^the list of s3:\/\/b\/ names a key of 4097 letters/ })
})

test('the first text, and elements one after the other, are those of regular expressions', (t) => {
  fc.assert(
    fc.property(soup, (text) => {
      t.is(valueIn(text, 'Key'), /<Key(?: [^>]*)?>([^<]*)<\/Key>/.exec(text)?.[1], text)
      const wanted = [...text.matchAll(/<(Contents|Up)>([\s\S]*?)<\/\1>/g)].map(([, name, inner]) => ({ name, inner }))
      t.deepEqual([...elements(text, 'Contents', 'Up')], wanted as { name: string; inner: string }[], text)
    }),
    { numRuns: 3000 },
  )
})

test('a page of 16 MiB that opens everything and closes nothing comes to an end', (t) => {
  for (const word of [
    '<Contents>',
    '<Contents><Key ',
    '<CommonPrefixes><Contents>',
    '<Key>',
    '<NextContinuationToken ',
    '<Key x>',
    '<'.repeat(8),
  ]) {
    const text = word.repeat(Math.ceil(2 ** 24 / word.length))
    t.deepEqual([...objectsOn(text, s3)], [], word)
    t.is(nextOn(text, s3), '', word)
  }
})

test('pages of S3 and of Azure', (t) => {
  const page = `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
    <Contents><Key>a%2Fb+c%26.svs</Key><Size>12</Size></Contents><CommonPrefixes><Prefix>a/d/</Prefix></CommonPrefixes><Contents><Size>1e999</Size><Key>x</Key></Contents>
    <NextContinuationToken>1&amp;2</NextContinuationToken></ListBucketResult>`
  t.deepEqual(
    [...objectsOn(page, s3)],
    [
      { key: 'a/b c&.svs', size: 12, isPrefix: false },
      { key: 'a/d/', size: 0, isPrefix: true },
      { key: 'x', size: 0, isPrefix: false },
    ],
  )
  t.is(nextOn(page, s3), '1&2')
  t.is(nextOn(page.replace('1&amp;2', ''), s3), undefined, 'it goes on, and does not say how')
  t.is(nextOn(page.replace('1&amp;2', '').replace('true', 'false'), s3), '')
  const blobs = `<EnumerationResults><Blobs><BlobPrefix><Name>a/</Name></BlobPrefix><Blob><Name Encoded="true">b&#x20AC;.svs</Name><Properties><Content-Length>7</Content-Length></Properties></Blob></Blobs><NextMarker /></EnumerationResults>`
  t.deepEqual(
    [...objectsOn(blobs, azure)],
    [
      { key: 'a/', size: 0, isPrefix: true },
      { key: 'b€.svs', size: 7, isPrefix: false },
    ],
  )
  t.is(nextOn(blobs, azure), '')
})

test('files of profiles: sections, comments, and lines that were made to be searched for ever', (t) => {
  const text = '[ profile   a ]\r\nregion = eu-west-1 ; mine\nKEY=a#b\n s3 = x\nkey2 =  #all\n[b\nc=d\n[]\n[e]\n=\nf\n'
  t.deepEqual(
    [...sectionsIn(text)],
    [
      ['profile a', { region: 'eu-west-1', key: 'a#b', key2: '#all', c: 'd' }],
      ['e', {}],
    ],
  )
  for (const line of [
    `[${' '.repeat(2 ** 20)}`,
    `a = ${' x'.repeat(2 ** 19)}`,
    `a${' '.repeat(2 ** 20)}`,
    `a = b${' '.repeat(2 ** 20)}c`,
  ]) {
    const said = sectionsIn(`[s]\n${line}\n`)
    t.is(said.size, 1)
  }
})
