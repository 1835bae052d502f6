/** Files and folders that people name by mistake: what they are, and the command that takes them. */

import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { main } from '../../../src/cli/program.js'
import { tableAt, whatIs } from '../../../src/core/files/what-is.js'
import { packageRoot } from '../../../src/core/package-root.js'
import { receiptOf } from '../../results/outputs.js'
import { predictionColumns, predictions, temporary, writeTable } from '../../sinks/tables.js'
import { folderOf } from '../../sources/support.js'

const receipt = '{"slide":"a","status":"done"}'

async function place(t: ExecutionContext): Promise<string> {
  const folder = await folderOf(t, {
    'p.yml': 'slides: {}\n',
    'a.csv': 'slide,x0\na,1\n',
    'a.json': '{"a": 1}\n',
    'empty.parquet': '',
    'cut.parquet': 'PAR1 and no more',
    'other.bin': 'what',
    'm/model.yml': 'name: m\n',
    'm/model.onnx': '\b\b',
    'out/.tiastream/receipts/a.json': receipt,
    'out/.tiastream/journal/a/0.arrow': 'ARROW1\0\0',
    'out/a.parquet': 'PAR1',
    'tables/b.parquet': 'PAR1',
    'nothing/x': '',
  })
  await cp(path.join(packageRoot, 'fixtures/slides/demo.tif'), path.join(folder, 'demo.svs'))
  return folder
}

test('each is named by what it is, not by what it is not', async (t) => {
  const folder = await place(t)
  const told: [name: string, fact: RegExp, hint: RegExp][] = [
    ['demo.svs', /slide or picture \(TIFF\)/, /tiastream inspect/],
    ['p.yml', /pipeline or card/, /tiastream plan/],
    ['a.csv', /a text file/, /\.parquet file of the same slide/],
    ['a.json', /a text file/, /\.parquet file/],
    ['empty.parquet', /is empty/, /run the pipeline again/],
    ['cut.parquet', /a Parquet file/, /cut off/],
    ['m', /folder of a model/, /models verify/],
    ['m/model.onnx', /a model \(ONNX\)/, /models verify/],
    ['out', /is a folder/, /one of its tables: .*a\.parquet/],
    ['out/.tiastream', /state that a run keeps/, /name the output folder: .*out$/],
    ['out/.tiastream/journal/a', /state that a run keeps/, /name the output folder: .*out$/],
    ['tables', /is a folder/, /one of its tables: .*b\.parquet/],
    ['.', /is a folder/, /an output folder in it: .*out\?/],
    ['nothing', /without tables/, /\.tiastream/],
    ['nowhere', /is not there/, /spelling/],
    ['other.bin', /is no table/, /\.parquet/],
  ]
  for (const [name, fact, hint] of told) {
    const named = await whatIs(path.join(folder, name))
    t.regex(named.fact, fact, name)
    t.regex(named.hint, hint, name)
  }
})

/** Commands, one after the other: the code of each, and what the last one told. */
function commands() {
  let told = ''
  const code = (...argv: string[]) => {
    told = ''
    return main(argv, (text) => {
      told += text
    })
  }
  return { code, told: () => told }
}

test('every command that takes a table or an output folder says so, in a line and a remedy, and ends with 2', async (t) => {
  const folder = await place(t)
  const { code, told } = commands()
  for (const name of [
    'demo.svs',
    'p.yml',
    'a.csv',
    'm',
    'm/model.onnx',
    'tables',
    '.',
    'nothing',
    'nowhere',
    'empty.parquet',
    'cut.parquet',
  ]) {
    const file = path.join(folder, name)
    for (const argv of [
      ['show', file],
      ['export', file, '--to', 'csv'],
      ['overlay', file],
      ['report', file],
      ['view', file],
      ['evaluate', file],
    ]) {
      t.is(await code(...argv), 2, `${argv[0]} ${name}: ${told()}`)
      const [first, second] = told().split('\n')
      t.regex(first!, /^error: .* \[(TABLE_UNREADABLE|NOT_AN_OUTPUT)\]$/, argv.join(' '))
      t.true(first!.includes(path.resolve(file)) || first!.includes(file), first)
      t.regex(second!, /^ {2}\S/)
      t.notRegex(told(), /cut off/.test(told()) && name !== 'cut.parquet' ? /cut off/ : /\0/, 'only a Parquet file is cut off')
    }
  }
})

test('where a slide or a model is wanted, too', async (t) => {
  const folder = await place(t)
  const { code, told } = commands()
  for (const [name, what] of [
    ['p.yml', /it is a pipeline or card \(YAML\)/],
    ['m/model.onnx', /it is a model \(ONNX\)/],
    ['other.bin', /it begins with "what/],
  ] as const) {
    t.is(await code('thumbnail', path.join(folder, name), '-o', path.join(folder, 'x.png')), 1)
    t.regex(told(), what)
  }
  t.is(await code('models', 'import', path.join(folder, 'nowhere.onnx')), 3)
  t.regex(told(), /there is no file .*nowhere\.onnx \[MODEL_MISSING\]\n {2}name the \.onnx file/)
  t.is(await code('models', 'pull', 'resnet18'), 3)
  t.regex(told(), /no pretrained model 'resnet18'.*\n {2}there are resnet18-kather100k, resnet18-pcam/)
})

test('export of an output folder is that of each of its tables; -o and --slide are for one', async (t) => {
  const folder = await temporary(t)
  const receipts = path.join(folder, '.tiastream/receipts')
  await mkdir(receipts, { recursive: true })
  for (const slide of ['a', 'b']) {
    await writeTable('parquet', path.join(folder, `${slide}.parquet`), predictionColumns, predictions(2))
    const files = [{ sink: 'parquet', file: `${slide}.parquet`, bytes: (await stat(path.join(folder, `${slide}.parquet`))).size }]
    const receipt = receiptOf(slide, { files })
    await writeFile(path.join(receipts, `${slide}.json`), JSON.stringify(receipt))
  }
  let told = ''
  const code = (...argv: string[]) =>
    main(argv, (text) => {
      told += text
    })
  t.is(await code('export', folder, '--to', 'jsonl', '-o', path.join(folder, 'x.jsonl')), 2)
  t.regex(
    told,
    /holds 2 tables, and -o is for one of them \[USAGE\]\n {2}write \{slide\} into it, as in -o '.*\/\{slide\}\.x\.jsonl', or name one: .*a\.parquet, .*b\.parquet\n/,
  )
  t.is(await code('export', folder, '--to', 'jsonl', '-o', path.join(folder, '{slide}.x.jsonl')), 0, told)
  for (const slide of ['a', 'b']) t.true((await readdir(folder)).includes(`${slide}.x.jsonl`))
  t.is(await code('export', folder, '--to', 'jsonl'), 0, told)
  for (const slide of ['a', 'b']) t.is((await readFile(path.join(folder, `${slide}.jsonl`), 'utf8')).trimEnd().split('\n').length, 2)
  await rm(path.join(folder, 'b.jsonl'))
  told = ''
  t.is(await code('export', folder, '--to', 'jsonl'), 2)
  t.regex(told, /a\.jsonl is there already \[OUTPUT_EXISTS\]/)
  t.true((await readdir(folder)).includes('b.jsonl'), 'one table does not stop the others')
})

test('a table at an address is known by the endings that sinks give, whatever signs it', (t) => {
  for (const name of ['a.parquet', 'a.PQ']) t.is(tableAt(`s3://box/run7/rows/${name}`), 'parquet')
  for (const name of ['a.arrow', 'a.feather', 'a.ipc']) t.is(tableAt(`https://host/${name}?X-Amz-Signature=a.b`), 'arrow')
  for (const place of ['s3://box/run7/', 's3://box/parquet', 'https://host/run7?x=a.parquet']) t.is(tableAt(place), null)
})
