/**
 * Lists as spreadsheets write them. The bytes are those of Excel and LibreOffice in their European settings; what a list means is what
 * the person sees in the sheet.
 */

import { writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { CsvFault, csvLines } from '../../src/core/csv/lines.js'
import { PipelineError } from '../../src/core/errors.js'
import type { ValueTypes } from '../../src/core/source.js'
import patches from '../../src/sources/patches/spec.js'
import slides from '../../src/sources/slides/spec.js'
import { folderOf, refsOf } from './support.js'

const there = { 'a.svs': '', 'b.svs': '', 'Müller.svs': '' }

async function withList(t: ExecutionContext, list: string | Uint8Array): Promise<string> {
  const folder = await folderOf(t, there)
  await writeFile(path.join(folder, 'l.csv'), list)
  return folder
}

/** What a list means: of each line its file, and what else is said. */
async function read(t: ExecutionContext, list: string | Uint8Array, columns?: ValueTypes) {
  const folder = await withList(t, list)
  const refs = await refsOf(slides, { list: 'l.csv', ...(columns ? { columns } : {}) }, folder)
  return refs.map(({ uri, mpp, label, carried }) => ({ file: path.basename(uri), mpp, label, ...carried }))
}

/** The one problem of a list: its line, what it says, and the remedy. */
async function problem(t: ExecutionContext, list: string | Uint8Array) {
  const folder = await withList(t, list)
  const error = await t.throwsAsync(refsOf(slides, { list: 'l.csv' }, folder), { instanceOf: PipelineError })
  t.false((error?.message ?? '').includes('Invalid'), 'not the words of the parser')
  return [error?.at?.line, error?.message.replace(`${folder}${path.sep}`, ''), error?.hint ?? '']
}

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')

const sheet = [
  { file: 'a.svs', mpp: 0.5, label: 'tumor, left', case: '1.10' },
  { file: 'Müller.svs', mpp: undefined, label: undefined, case: '007' },
]

const written: Readonly<Record<string, string | Uint8Array>> = {
  'commas, as the standard says': 'uri,mpp,label,case\r\na.svs,0.5,"tumor, left",1.10\r\nMüller.svs,,,007\r\n',
  'semicolons and decimal commas': 'uri;mpp;label;case\r\na.svs;0,5;tumor, left;1.10\r\nMüller.svs;;;007\r\n',
  'semicolons with a mark of UTF-8': '\ufeffuri;mpp;label;case\r\na.svs;0,5;tumor, left;1.10\r\nMüller.svs;;;007\r\n',
  'tabs, quoted where there is a comma': 'uri\tmpp\tlabel\tcase\na.svs\t0.5\t"tumor, left"\t1.10\nMüller.svs\t\t\t007\n',
  'Unicode text of Excel': utf16('uri\tmpp\tlabel\tcase\r\na.svs\t0,5\t"tumor, left"\t1.10\r\nMüller.svs\t\t\t007\r\n'),
  'UTF-16, the large byte first': utf16('uri;mpp;label;case\na.svs;0,5;tumor, left;1.10\nMüller.svs;;;007\n').swap16(),
  'UTF-16 without a mark': Buffer.from('uri,mpp,label,case\na.svs,0.5,"tumor, left",1.10\nMüller.svs,,,007\n', 'utf16le'),
  'names in capital letters': 'URI,Mpp,LABEL,case\na.svs,0.5,"tumor, left",1.10\nMüller.svs,,,007\n',
  'a line that says its separator': 'sep=;\r\nuri;mpp;label;case\r\na.svs;0,5;tumor, left;1.10\r\nMüller.svs;;;007\r\n',
  'empty lines and columns': '\n\nuri;mpp;label;case;;\n\na.svs;0,5;tumor, left;1.10;;\n;;;;;\nMüller.svs;;;007;;\n\n;;;;;\n',
  'line ends of all three kinds': 'uri,mpp,label,case\ra.svs,0.5,"tumor, left",1.10\r\nMüller.svs,,,007\n\r',
  'no line end behind the last': 'uri;mpp;label;case\na.svs;0,5;"tumor, left";1.10\nMüller.svs;;;007',
}

for (const [name, list] of Object.entries(written)) test(`${name}: the sheet is read`, async (t) => t.deepEqual(await read(t, list), sheet))

test('further columns come back as they were, whatever separates them; a declared number may have a decimal comma', async (t) => {
  const list = 'uri;case;age\na.svs;1,10;61,5\nb.svs;1E05;62\n'
  t.deepEqual(
    (await read(t, list)).map(({ file, mpp, label, ...rest }) => rest),
    [
      { case: '1,10', age: '61,5' },
      { case: '1E05', age: '62' },
    ],
  )
  t.deepEqual(
    (await read(t, list, { age: 'number' })).map((row) => (row as { age?: unknown }).age),
    [61.5, 62],
  )
  await t.throwsAsync(read(t, 'uri,age\na.svs,"61,5"\n', { age: 'number' }), { code: 'LIST_INVALID' })
})

test('a comma stays what separates where it gives uri, whatever else a name holds', async (t) => {
  t.deepEqual(await read(t, 'uri,a;b\na.svs,1;2\n'), [{ file: 'a.svs', mpp: undefined, label: undefined, 'a;b': '1;2' }])
  t.deepEqual(await read(t, '"uri";"a,b,c,d"\na.svs;x\n'), [{ file: 'a.svs', mpp: undefined, label: undefined, 'a,b,c,d': 'x' }])
})

test('our own name comes before one in other letters, which is then a further column', async (t) => {
  t.deepEqual(await read(t, 'uri,URI\na.svs,x\n'), [{ file: 'a.svs', mpp: undefined, label: undefined, URI: 'x' }])
})

for (const name of ['Path', 'slide_path', 'filename', 'file', 'image', 'slide', 'Slide Name', 'wsi', 'quux']) {
  test(`a column ${name} that holds the files: rename it`, async (t) => {
    t.deepEqual(await problem(t, `case,${name},mask_path\n1,a.svs,m.png\n`), [
      1,
      `this list has no column uri; it has case, ${name}, mask_path`,
      `rename '${name}' to uri`,
    ])
  })
}

/** Name, list, line, what is said, the remedy. */
const wrong: readonly [name: string, list: string | Uint8Array, line: number | undefined, what: RegExp, remedy: RegExp][] = [
  ['an unquoted 0,5', 'uri,mpp\na.svs,1\nb.svs,0,5\na.svs,0,5\n', 3, /has 3 fields, .* names 2 columns \(and 1 more line\)/, /"0,5".*0\.5/],
  ['0,5 before an empty value', 'uri,mpp,label\na.svs,1,5,\n', 2, /has 4 fields, the first line names 3 columns$/, /quote .*"1,5"/],
  ['a semicolon too many', 'uri;note\na.svs;b;c\n', 2, /has 3 fields/, /quote a value that holds a semicolon/],
  ['a value too few', 'uri,mpp\na.svs\n', 2, /has 1 field,/, /comma/],
  ['names by commas, lines by semicolons', 'uri,mpp\na.svs;0.5\n', 2, /has 1 field,/, /by commas, this one by semicolons/],
  ['a quoted 0,5 in a list of commas', 'uri,mpp\na.svs,"0,5"\n', 2, /mpp is '0,5'/, /write 0\.5/],
  ['a unit', 'uri;mpp\na.svs;0,5 um\n', 2, /mpp is '0,5 um'/, /the number alone/],
  ['no names', 'a.svs,0.5\nb.svs,0.5\n', 1, /does not name its columns; it begins with a\.svs, 0\.5/, /first line/],
  ['no names, and a value twice', 'a,Normal,None,None\n', 1, /'None' is there twice/, /if these are no names, .* first line must name/],
  ['a comment before the names', '# my list\nuri,mpp\na.svs,1\n', 1, /no column uri; it has # my list/, /commas, semicolons or tabs/],
  ['another separator', 'uri|mpp\na.svs|1\n', 1, /it has uri\|mpp/, /commas, semicolons or tabs/],
  ['an open quote', 'uri,x\na.svs,b\nb.svs,"1\nc,d\n', 3, /a quote that begins in this line/, /twice/],
  ['an open quote that meets another', 'uri,x\na.svs,b\nb.svs,"1\nc,"d"\n', 3, /a quote that begins in this line/, /twice/],
  ['an open quote in a large list', `uri,x\na.svs,"${'b\n'.repeat(600_000)}`, 2, /more than 1,?048,?576 letters/, /a quote begins in it/],
  [
    'a very long line',
    `uri,x\na.svs,${'b'.repeat(1_100_000)}\n`,
    2,
    /more than 1,?048,?576 letters/,
    /leave out the columns of long texts/,
  ],
  [
    'more columns than rows can carry',
    `uri,${Array.from({ length: 10_000 }, (_, i) => `c${i}`).join()}\n`,
    1,
    /10001 columns; .* at most 10000/,
    /leave those out/,
  ],
  ['a quote within a value', 'uri,x\na.svs,2" lens\n', 2, /a quote stands within a value/, /twice/],
  ['nothing', '', 1, /l\.csv is empty/, /uri/],
  ['a mark alone', '\ufeff', 1, /l\.csv is empty/, /uri/],
  ['empty lines alone', '\r\n\r\n', 1, /l\.csv is empty/, /uri/],
  ['names alone', 'uri,mpp\n', 1, /names no file/, /^$/],
  ['names and empty lines alone', 'uri;mpp\n;\n;\n', 1, /names no file/, /^$/],
  ['two columns for one of ours', 'uri,Label,LABEL\na.svs,b,c\n', 1, /'Label' and 'LABEL' would both be label/, /rename/],
  ['a column without a name that holds something', 'uri,,x\na.svs,1,\n', 1, /column 2 has no name/, /name it/],
  ['text of Windows', Buffer.from('uri\na.svs\nM\xfcller.svs\n', 'latin1'), 3, /no UTF-8/, /CSV UTF-8/],
  ['half a letter', Buffer.concat([utf16('uri\na.svs'), Buffer.from('b')]), 2, /no UTF-16/, /CSV UTF-8/],
  ['a workbook', Buffer.from('PK\x03\x04\x14\0\x06\0'), undefined, /l\.csv is a zip or workbook/, /save the sheet as 'CSV UTF-8'/],
  ['a Parquet file', Buffer.from('PAR1\x15\0'), undefined, /is a Parquet file/, /CSV/],
  ['a slide', Buffer.from('II*\0\x08\0\0\0'), undefined, /is a slide or picture \(TIFF\)/, /glob:/],
  ['JSON', '[{"uri": "a.svs"}]', undefined, /looks like JSON/, /CSV/],
]

for (const [name, list, line, what, remedy] of wrong) {
  test(`${name}: one problem, in our words`, async (t) => {
    const [at, message, hint] = await problem(t, list)
    t.is(at, line)
    t.regex(message as string, what)
    t.regex(hint as string, remedy)
  })
}

test('the line of what is no UTF-8 is right, however the bytes are cut into pieces', async (t) => {
  // 64 KiB are read at a time: the letter ü lies around the end of the first piece.
  for (const before of [65_531, 65_532, 65_533, 65_534, 65_535]) {
    const first = `uri,note\na.svs,${'x'.repeat(before - 'uri,note\na.svs,'.length)}ü\nb.svs,`
    t.deepEqual((await problem(t, Buffer.concat([Buffer.from(first), Buffer.from('\xfc\n', 'latin1')])))[0], 3)
    t.is((await read(t, `${first}y\n`)).length, 2)
  }
})

test('a list that cannot be read is closed, whatever of it was read', async (t) => {
  let open = 0
  const pieces = async function* () {
    open++
    try {
      yield 'uri,x\na.svs,"1\nc,"d"\n'
      yield 'b.svs,2\n'
    } finally {
      open--
    }
  }
  await t.throwsAsync(
    csvLines(pieces(), ['uri'], () => {}),
    { instanceOf: CsvFault },
  )
  t.is(open, 0)
})

test('a list of patches is read the same way', async (t) => {
  const folder = await folderOf(t, { 'l.csv': 'URI;Label;age\r\na.png;x;1,5\r\n' })
  const [set] = await refsOf(patches, { list: 'l.csv' }, folder)
  t.deepEqual(set?.images, [{ uri: path.join(folder, 'a.png'), label: 'x', carried: { age: '1,5' } }])
})

test('signals are heard while a list is read: the event loop turns with every piece', async (t) => {
  const folder = await withList(t, `uri\n${'a.svs\n'.repeat(200_000)}`)
  let turns = 0
  let reading = true
  const count = () => {
    turns++
    if (reading) setImmediate(count)
  }
  setImmediate(count)
  await (await slides.load()).columns({ list: 'l.csv' } as never, folder)
  reading = false
  // 1.2 MB in pieces of 64 KiB.
  t.true(turns >= 18, `${turns} turns`)
})

test('a path from home is one in a list too, that of a slide, a mask or a picture', async (t) => {
  const folder = await folderOf(t, {
    'l.csv': 'uri,mask\n~/no such folder/b.svs,~/m.png\na.svs,\n',
    'p.csv': 'uri\n~/p/1.png\n',
    'a.svs': '',
  })
  const refs = await refsOf(slides, { list: 'l.csv' }, folder)
  t.deepEqual(
    refs.map(({ uri, mask }) => [uri, mask]),
    [
      [path.join(homedir(), 'no such folder/b.svs'), path.join(homedir(), 'm.png')],
      [path.join(folder, 'a.svs'), undefined],
    ],
  )
  const [set] = await refsOf(patches, { list: 'p.csv' }, folder)
  t.deepEqual(
    set!.images!.map(({ uri }) => uri),
    [path.join(homedir(), 'p/1.png')],
  )
})

test('a column that other programs call the resolution, the lens or the mask is said not to be taken for it', async (t) => {
  const said = async (header: string, more: object = {}) => {
    const folder = await withList(t, `${header}\na.svs${',1'.repeat(header.split(',').length - 1)}\n`)
    return (await slides.load()).warnings!({ list: 'l.csv', ...more } as never, folder)
  }
  const usual = ['mpp_x', 'mpp_y', 'MPP-X', 'microns_per_pixel', 'um_per_px', 'pixel_size', 'pixel size (µm)', 'PixelSpacing']
  for (const name of [...usual, 'px_size_um', 'resolution', 'spacing', 'mpp (um)', 'mpp_level_0']) {
    t.deepEqual(await said(`uri,${name}`), [
      `l.csv: its column '${name}' only goes into the rows, it is not taken for the size of a pixel: rename it to mpp if it is that, or name it in columns:`,
    ])
    t.deepEqual(await said(`uri,mpp,${name}`), [], 'ours is there')
    t.deepEqual(await said(`uri,${name}`, { columns: { [name]: 'number' } }), [], 'it is meant so')
  }
  for (const name of ['magnification', 'mag', 'AppMag', 'objective_power', 'Objective', 'lens'])
    t.regex((await said(`uri,${name}`)).join(), /not taken for the power of the objective: rename it to power/)
  for (const name of ['mask_path', 'maskfile', 'tissue_mask', 'Mask file'])
    t.regex((await said(`uri,${name}`)).join(), /for the mask of the slide/)
  const others = [
    'uri,mpp,power,mask,label',
    'uri,age,image,stage,pixels,magenta,object,maskedBy,micron_count,spacing_group,px_x,pixel_y,um,case',
  ]
  for (const header of others) t.deepEqual(await said(header), [])
  t.is((await said('uri,mpp_x,mpp_y,mask_path')).length, 2)
})

test('what R, pandas, SQL and spreadsheets write that is taken otherwise than it may be meant is told, in one sentence a kind', async (t) => {
  const said = async (list: string, more: object = {}, spec: typeof slides | typeof patches = slides) => {
    const folder = await withList(t, list)
    return ((await (await spec.load()).warnings!({ list: 'l.csv', ...more } as never, folder)) as readonly string[]).join('|')
  }
  const column = (values: readonly string[], separator = ',') =>
    ['uri,n', ...values.map((value) => `a.svs,${value}`)].join('\n').replaceAll(',', separator).replaceAll('¸', ',')
  const twice = 'l.csv: 1 file is named more than once, and counted each time: a.svs as line 2, line 3'
  t.is(await said(column(['a', 'b', 'c'])), twice.replace('line 3', 'line 3, line 4'), 'one file, however often it is named')
  const told = (values: readonly string[], separator?: string, more?: object) =>
    said(column(values, separator), more).then((text) => text.replace(/\|?l\.csv: \d file.*/, ''))
  for (const none of ['NA', 'NaN', 'NULL', '#N/A', '\\N', '.', 'None'])
    t.is(
      await told(['61', none]),
      `l.csv: '${none}' in its column n is taken for text, and makes the column text: leave empty what is missing`,
    )
  for (const values of [
    ['61.0', '45.5'],
    ['0.50', '0.75'],
    ['+5', '3'],
  ])
    t.is(
      await told(values),
      `l.csv: '${values[0]}' in its column n goes into the rows as text, as it is written: columns: { n: number } makes numbers of it`,
    )
  t.regex(await told(['1¸5', '2'], ';'), /'1,5' in its column n goes into .*columns: \{ n: number \} makes/)
  for (const values of [
    ['"1¸234"', '5'],
    ['45%', '50%'],
    ['1 234', '5'],
    ['\u22125', '3'],
  ])
    t.regex(
      await told(values),
      /goes into the rows as text: write numbers without signs and marks between thousands, or columns: \{ n: text \}/,
    )
  t.regex(await told(['1.234', '5.678'], ';'), /'1\.234' in its column n is taken for a number with three digits behind its point/)
  t.is(await told(['61.0', 'NA'], ',', { columns: { n: 'text' } }), '', 'it is meant so')
  // Numbers, codes, words and dates as they are.
  for (const values of [
    ['61', '45.5'],
    ['007', '008'],
    ['1.10.2', '1.11'],
    ['I', '?'],
    ['2024-01-05', '2024-01-06'],
    ['1.234', '5.678'],
    ['1E05', '2E10'],
    ['1234567890123456789', '2'],
  ])
    t.is(await told(values), '', values.join())
  t.is(
    await said('uri,label,stage\na.svs,NA,I\nb.svs,T,NA\n'),
    `l.csv: 'NA' in its columns label, stage is taken for text, and makes the column text: leave empty what is missing`,
  )
  t.regex(
    await said('id,uri\n1.23457E+15,a.svs\n2,b.svs\n'),
    /'1\.23457E\+15' in its column id looks like a number that a spreadsheet has shortened/,
  )
  t.regex(await said('id,uri\n2-Mar,a.svs\n4-1,b.svs\n'), /'2-Mar' in its column id looks like what a spreadsheet makes a date of/)
  t.regex(await told(['1-Mar', 'TP53']), /'1-Mar' in its column n looks like/)
  t.is(await told(['1-Mar', '2-Mar']), '', 'a column of dates')
  t.regex(await said('id,uri\nNA,a.svs\n'), /'NA' in its column id is taken for text/)
  t.regex(
    await said('id,uri\n12.0,a.svs\n13.0,b.svs\n'),
    /'12\.0' in its column id looks like a whole number that pandas wrote with a point/,
  )
  t.regex(await said("id,uri\n'007,a.svs\n8,b.svs\n"), /''007' in its column id begins with the mark by which a spreadsheet keeps text/)
  t.is(await said('uri\na.svs\na.svs\n'), twice)
  t.is(await said('uri\na.svs\n./a.svs\n'), twice.replace(': a', ': ./a'))
  t.is(await said('uri,label\na.svs,x\na.svs,y\n', {}, patches), twice)
  t.is(await said('id,uri,mask\nx,a.svs,1.png\ny,a.svs,2.png\n'), '')
})

test('a file that is there by a name written otherwise is said to be', async (t) => {
  const folder = await folderOf(t, { 'sub/M\u00fcller.svs': '', 'my slide.svs': '' })
  for (const [uri, hint] of [
    ['sub\\M\u00fcller.svs', /^there is .*sub\/M.*svs: between folders stands \/ here$/],
    ['sub/Mu\u0308ller.svs', /^"M\u00fcller\.svs" lies there, which is spelled otherwise/],
    [
      'SUB/M\u00fcller.svs',
      /^the folder .*SUB does not exist, and "sub" lies there, which is spelled otherwise \(capital and small letters\): name that$/,
    ],
    ['NA', /^a value that is missing is left empty$/],
    ['my%20slide.svs', /^"my slide\.svs" lies there, which is spelled otherwise \(%20 and its like are for addresses alone\): name that$/],
    ["'my slide.svs'", /^"my slide\.svs" lies there/],
  ] as const) {
    await writeFile(path.join(folder, 'l.csv'), `uri\n${uri}\n`)
    const error = await t.throwsAsync(refsOf(slides, { list: 'l.csv' }, folder), { code: 'FILE_MISSING' })
    t.regex((error as PipelineError).hint!, hint)
  }
})
