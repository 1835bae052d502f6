/** No command destroys what it did not make: every command that writes, on every kind of thing that can lie in its way. */

import { copyFile, link, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import sharp from 'sharp'
import { packageRoot } from '../../src/core/package-root.js'
import { sinks } from '../../src/sinks/registry.js'
import { cases, writeCase } from '../results/evaluate/golden.js'
import { predictionColumns, predictions, writeTable } from '../sinks/tables.js'
import { tiastream } from '../support/command-line.js'
import { writeSmallModel } from '../support/small-model.js'
import { tempFolder } from '../support/temp.js'

/** All below a folder: names, and bytes or where a link leads. */
async function held(folder: string): Promise<Map<string, string>> {
  const all = new Map<string, string>()
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const file = path.join(folder, name)
    const there = await lstat(file)
    const what = there.isSymbolicLink() ? await readlink(file) : there.isFile() ? (await readFile(file)).toString('latin1') : ''
    all.set(name, what)
  }
  return all
}

/** A folder with a slide, another slide, results of a run, a table, a model by hand and one that was imported. */
async function place(folder: string): Promise<void> {
  const at = (...names: string[]) => path.join(folder, ...names)
  await copyFile(path.join(packageRoot, 'fixtures/small/jpeg.tif'), at('demo.tif'))
  await link(at('demo.tif'), at('hard.tif'))
  await symlink(at('demo.tif'), at('soft.tif'))
  await symlink(at('nowhere'), at('lost.jpg'))
  await copyFile(path.join(packageRoot, 'fixtures/small/deflate.tif'), at('other.tif'))
  for (const name of ['photo.png', 'photo.jpg'])
    await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } }).toFile(at(name))
  await copyFile(at('photo.png'), at('disguised.jpg'))
  await writeFile(at('notes.txt'), 'mine')
  for (const end of ['json', 'geojson', 'csv', 'svg', 'html', 'jpg']) await writeFile(at(`notes.${end}`), '{"mine": true}')
  await mkdir(at('out'))
  await writeCase(at('out'), cases['nine classes, two of them absent']!)
  await writeFile(at('out', '.tiastream', 'page.html'), '<!doctype html><title>x · tiastream</title>')
  await writeTable('parquet', at('S.parquet'), predictionColumns, predictions(10))
  await writeSmallModel(folder)
  await mkdir(at('work', '.git'), { recursive: true })
  await mkdir(at('thesis'))
  await writeFile(at('thesis', 'thesis.txt'), 'years')
  await mkdir(at('.new.new'))
  await writeFile(at('.new.new', 'mine.txt'), 'mine')
}

type Expected = 'made' | 'replaced' | 'refused'

/** With the ending of the form; a zarr group is a folder. */
const fileOf = (to: string) => (to === 'zarr' ? 'x.zarr' : `${to}${path.extname(sinks[to]!.file)}`)

/** One after another in one folder: what is made by one lies in the way of the next. */
const table: readonly (readonly [string, Expected])[] = [
  ['thumbnail demo.tif -o demo.tif --force', 'refused'],
  ['thumbnail demo.tif -o hard.tif --force', 'refused'],
  ['thumbnail demo.tif -o soft.tif --force', 'refused'],
  ['thumbnail soft.tif -o ./work/../demo.tif --force', 'refused'],
  ['thumbnail demo.tif -o other.tif --force', 'refused'],
  ['thumbnail demo.tif -o photo.png --force', 'refused'],
  ['thumbnail demo.tif -o photo.jpg --force', 'refused'],
  ['thumbnail demo.tif -o disguised.jpg --force', 'refused'],
  ['thumbnail demo.tif -o notes.jpg --force', 'refused'],
  ['thumbnail demo.tif -o lost.jpg --force', 'refused'],
  ['thumbnail demo.tif -o t.jpg --longest 64', 'made'],
  ['thumbnail demo.tif -o t.jpg --longest 32', 'refused'],
  ['thumbnail demo.tif -o t.jpg --longest 32 --force', 'replaced'],
  ['thumbnail demo.tif -o t.tif --longest 64', 'made'],
  ['thumbnail demo.tif -o t.tif --longest 32 --force', 'replaced'],
  ['report out -o out/TABLE', 'refused'],
  ['report out -o notes.txt', 'refused'],
  ['report out -o notes.html', 'refused'],
  ['report out -o out/.tiastream/page.html', 'refused'],
  ['report out -o page.html', 'made'],
  ['report out -o page.html --rename TUM=TUM', 'replaced'],
  ['evaluate out -o notes.json', 'refused'],
  ['evaluate out -o notes.svg', 'refused'],
  ['evaluate out -o photo.png', 'refused'],
  ['evaluate out -o e.json -o e.svg -o e.png', 'made'],
  ['evaluate out -o e.json -o e.svg -o e.png', 'replaced'],
  ['export S.parquet --to qupath -o notes.geojson --force', 'refused'],
  ['export S.parquet --to csv -o notes.csv --force', 'refused'],
  ['export S.parquet --to geoparquet -o out/TABLE --force', 'refused'],
  ['export S.parquet --to geoparquet -o S.parquet --force', 'refused'],
  ['export S.parquet --to zarr -o thesis --force', 'refused'],
  ...['annotations', 'arrow', 'clam', 'csv', 'geoparquet', 'jsonl', 'qupath', 'tiatoolbox-json', 'wsinfer', 'zarr'].flatMap((to) => [
    [`export S.parquet --to ${to} -o ${fileOf(to)}`, 'made'] as const,
    [`export S.parquet --to ${to} -o ${fileOf(to)}`, 'refused'] as const,
    [`export S.parquet --to ${to} -o ${fileOf(to)} --force`, 'replaced'] as const,
  ]),
  ['export S.parquet --to zarr -o x.zarr.zip', 'made'],
  ['export S.parquet --to zarr -o x.zarr.zip', 'refused'],
  ['export S.parquet --to zarr -o x.zarr.zip --force', 'replaced'],
  ['export S.parquet --to zarr -o notes.txt --force', 'refused'],
  ['export S.parquet --to csv -o qupath.geojson --force', 'refused'],
  ['models import small/model.onnx -o new IMPORT', 'made'],
  ['models import small/model.onnx -o new IMPORT', 'refused'],
  ['models import small/model.onnx -o new --force IMPORT', 'replaced'],
  ['models import new/model.onnx -o new --force IMPORT', 'refused'],
  ['models import small/model.onnx -o . --force IMPORT', 'refused'],
  ['models import small/model.onnx -o / --force IMPORT', 'refused'],
  ['models import small/model.onnx -o thesis --force IMPORT', 'refused'],
  ['models import small/model.onnx -o work --force IMPORT', 'refused'],
  ['models import small/model.onnx -o small --force IMPORT', 'refused'],
  ['models import small/model.onnx -o notes.txt --force IMPORT', 'refused'],
  ['models quantize new --calibrate thesis -o thesis --force', 'refused'],
  ['models quantize new --calibrate thesis -o new --force', 'refused'],
  ['models convert new --fp16 -o thesis --force', 'refused'],
  ['models convert new --fp16 -o new --force', 'refused'],
  ['models convert notes.txt --arch resnet18 --classes a,b -o thesis --force', 'refused'],
  ['models convert notes.txt --arch resnet18 --classes a,b -o . --force', 'refused'],
  ['models pull resnet18-kather100k --from notes.txt --force', 'refused'],
]

test('a table of commands and what lies in their way', async (t) => {
  t.timeout(120_000)
  const folder = await tempFolder(t)
  await place(folder)
  const pulled = path.join(folder, 'models', 'resnet18-kather100k')
  await mkdir(pulled, { recursive: true })
  await writeFile(path.join(pulled, 'mine.txt'), 'mine')
  const parquet = (await readdir(path.join(folder, 'out'))).find((name) => name.endsWith('.parquet'))!
  let before = await held(folder)
  for (const [written, expected] of table) {
    const args = written
      .replace('TABLE', parquet)
      .replace('IMPORT', '--at 1mpp --scale 1 --model-output classes --size 56 --classes a,b,c --activation none')
      .split(' ')
    const { code, err } = await tiastream(args, folder)
    const after = await held(folder)
    const target = args[args.indexOf('-o') + 1]!
    if (expected === 'refused') {
      t.is(code, args[0] === 'models' ? 3 : 2, `${written}: ${err}`)
      t.regex(err, /(OUTPUT|MODEL)_EXISTS\]/, written)
      t.deepEqual(after, before, written)
    } else {
      t.is(code, 0, `${written}: ${err}`)
      t.is(before.has(target), expected === 'replaced', written)
      t.true(after.has(target), written)
      // Nothing else is touched, and nothing is left beside.
      const outputs = args.flatMap((arg, i) => (arg === '-o' ? [args[i + 1]!] : []))
      const rest = (all: Map<string, string>) =>
        [...all].filter(([name]) => !outputs.some((one) => name === one || name.startsWith(`${one}/`)))
      t.deepEqual(rest(after), rest(before), written)
    }
    before = after
  }
})
