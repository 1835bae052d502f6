/** What a file is that is no UTF-8 text: said by name, with what to do. Other programs wrote the bytes: Node's own zlib and iconv's tables. */

import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { packageRoot } from '../../../src/core/package-root.js'
import { checkPipeline } from '../../../src/pipeline/check/check.js'
import { textOfFile } from '../../../src/pipeline/document/file-text.js'
import { folderOf } from '../../sources/support.js'

const text = 'about: Größe µm\noutput: ./out\nslides: { glob: "slides/*.svs" }\n'
const mark = [0xff, 0xfe]
const bigEndian = (of: string) => Buffer.from(of, 'utf16le').swap16()
const save = 'and a pipeline is UTF-8: save it as UTF-8'
const binary = 'this file is binary, and a pipeline is a text file (YAML)'

const files: readonly (readonly [name: string, bytes: Uint8Array, said: string])[] = [
  ['UTF-16 with its mark', Buffer.concat([Buffer.from(mark), Buffer.from(text, 'utf16le')]), `this file is UTF-16 text, ${save}`],
  ['UTF-16 without', Buffer.from(text, 'utf16le'), `this file is UTF-16 text, ${save}`],
  ['UTF-16, the other order', Buffer.concat([Buffer.from(mark.toReversed()), bigEndian(text)]), `this file is UTF-16 text, ${save}`],
  ['UTF-16, the other order, without its mark', bigEndian(text), `this file is UTF-16 text, ${save}`],
  [
    'Latin-1',
    Buffer.from(text, 'latin1'),
    "this file is not UTF-8: line 1 has the byte 0xf6 ('ö' in Latin-1, which older editors write): save it as UTF-8",
  ],
  [
    'Latin-1 further down',
    Buffer.from('a: 1\nb: é x\n', 'latin1'),
    "this file is not UTF-8: line 2 has the byte 0xe9 ('é' in Latin-1, which older editors write): save it as UTF-8",
  ],
  [
    'UTF-8, cut in a letter',
    Buffer.from(`${text}ö`).subarray(0, -1),
    "this file is not UTF-8: line 4 has the byte 0xc3 ('Ã' in Latin-1, which older editors write): save it as UTF-8",
  ],
  ['gzip', gzipSync(text), 'this file is gzip (.gz), and a pipeline is a text file (YAML)'],
  ['zeros', new Uint8Array(64), 'this file holds nothing but zeros: it was not written whole'],
  ['a zero in the text', Buffer.from('a: 1\0\n'), binary],
  ['noise', Uint8Array.from({ length: 999 }, (_, i) => 1 + ((i * i * 31) % 255)), binary],
  [
    'a slide',
    readFileSync(path.join(packageRoot, 'fixtures/slides/demo.tif')).subarray(0, 4096),
    'this file is a TIFF picture, which may be a slide, and a pipeline is a text file (YAML)',
  ],
]

for (const [name, bytes, said] of files) test(`${name} is said`, (t) => t.deepEqual(textOfFile(bytes), { is: said }))

test('a page of the web is said', (t) => {
  t.deepEqual(textOfFile(Buffer.from('<!DOCTYPE html>\n<html></html>')), { is: 'this file is HTML or XML, and a pipeline is YAML' })
})

test('a file that is not there is told with the one beside it', async (t) => {
  const here = await folderOf(t, { 'pipeline.yaml': '', 'other.txt': '' })
  const said = async (name: string) => (await checkPipeline(path.join(here, name))).problems.map(({ message }) => message)
  t.deepEqual(await said('pipeline.yml'), ["there is no such file, did you mean 'pipeline.yaml'?"])
  t.deepEqual(await said('-'), ['there is no such file: standard input is /dev/stdin'])
  t.deepEqual(await said('pipelin.yaml'), ["there is no such file, did you mean 'pipeline.yaml'?"])
  t.deepEqual(await said('cohort.yml'), ['there is no such file'])
})

test('UTF-8 is text, with its mark or without, also when it is hardly any', (t) => {
  t.deepEqual(textOfFile(Buffer.from(text)), { text })
  t.deepEqual(textOfFile(Buffer.from(`\ufeff${text}`)), { text })
  t.deepEqual(textOfFile(Buffer.from('')), { text: '' })
  t.deepEqual(textOfFile(Buffer.from('a')), { text: 'a' })
  t.deepEqual(textOfFile(Buffer.from('日本語: 日本語')), { text: '日本語: 日本語' })
})

test('a file that is none is one problem', async (t) => {
  const here = await folderOf(t, {})
  await writeFile(path.join(here, 'p.yml'), Buffer.from(text, 'utf16le'))
  const { problems } = await checkPipeline(path.join(here, 'p.yml'))
  t.deepEqual(
    problems.map(({ code, line, message }) => [code, line, message]),
    [['FILE_UNREADABLE', 1, `this file is UTF-16 text, ${save}`]],
  )
})
