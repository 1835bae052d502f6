/** Corrupted tiles, written into a copy of the demo slide: exactly the patches that touch them are marked, and nothing else changes. */

import { copyFile, open, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { fromFile } from 'geotiff'
import { parquetReadObjects } from 'hyparquet'
import { tempFolder } from '../../test/support/temp.js'
import { demoSlide, receiptsOf, resultsOf, runCli, runHere, writePipeline } from './harness.js'

interface TileAt {
  readonly column: number
  readonly row: number
}

interface Table {
  readonly rows: Readonly<Record<string, unknown>>[]
}

interface Corrupted {
  readonly width: number
  readonly height: number
  readonly tiles: readonly TileAt[]
}

/**
 * Overwrites three tiles of the full-size level, found with another library's directory: such as share their bytes with no other, as blank
 * ones do.
 */
async function corrupt(file: string): Promise<Corrupted> {
  const image = await (await fromFile(file)).getImage(0)
  const width = image.getTileWidth()
  const height = image.getTileHeight()
  const across = Math.ceil(image.getWidth() / width)
  const offsets = (await image.fileDirectory.loadValue('TileOffsets'))!
  const lengths = (await image.fileDirectory.loadValue('TileByteCounts'))!
  const all = Array.from(offsets, Number)
  const own = all.flatMap((offset, at) => (all.indexOf(offset) === all.lastIndexOf(offset) ? [at] : []))
  const spoilt = [0.3, 0.5, 0.8].map((share) => own[Math.floor(share * own.length)]!)
  const handle = await open(file, 'r+')
  // No marker of a JPEG is left: not the size, not the tables.
  for (const at of spoilt) await handle.write(Buffer.alloc(Number(lengths[at]), 0x5a), 0, Number(lengths[at]), all[at]!)
  await handle.close()
  return { width, height, tiles: spoilt.map((at) => ({ column: at % across, row: Math.floor(at / across) })) }
}

async function tableOf(folder: string): Promise<Table> {
  const bytes = await readFile(path.join(folder, 'rows/demo.parquet'))
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  return { rows: await parquetReadObjects({ file }) }
}

/** At the slide's own resolution, so that a patch touches the tiles it covers and no others. */
const grid = '{ size: 224 px, stride: 300 px, at: 1 baseline }'

async function prepared(t: ExecutionContext, onError: 'mark' | 'fail') {
  const folder = await tempFolder(t)
  const slide = path.join(folder, 'demo.tif')
  const pipeline = await writePipeline(folder, {
    slides: `{ glob: "${slide}" }`,
    grid,
    extract: `{ on_error: ${onError} }`,
    model: 'stain',
  })
  await copyFile(demoSlide, slide)
  return { folder, slide, pipeline }
}

test.serial('on_error: mark gives exactly the patches on corrupted tiles a status, and changes no other row', async (t) => {
  const { folder, slide, pipeline } = await prepared(t, 'mark')
  t.is((await runHere(pipeline, path.join(folder, 'whole'))).code, 0)
  const corrupted = await corrupt(slide)
  const ran = await runCli(pipeline, path.join(folder, 'holes'))
  t.is(ran.code, 1, ran.stderr)
  const whole = await tableOf(path.join(folder, 'whole'))
  const holes = await tableOf(path.join(folder, 'holes'))
  t.is(holes.rows.length, whole.rows.length)
  let marked = 0
  for (const [i, row] of holes.rows.entries()) {
    const before = whole.rows[i]!
    const [x0, y0, x1, y1] = [row.x0, row.y0, row.x1, row.y1].map(Number) as [number, number, number, number]
    const { width, height } = corrupted
    const touches = corrupted.tiles.some(
      (tile) => x0 < (tile.column + 1) * width && x1 > tile.column * width && y0 < (tile.row + 1) * height && y1 > tile.row * height,
    )
    if (!touches) {
      t.deepEqual(row, before)
      continue
    }
    marked++
    t.is(row.status, 'unreadable', `patch ${row.index} at ${x0}, ${y0}`)
    t.regex(String(row.error), /demo\.tif: tile \(\d+, \d+\) of level 0 cannot be decoded/)
    const answers = Object.keys(row).filter((name) => name.startsWith('prob_') || name === 'class' || name === 'prediction')
    t.true(answers.length > 0, Object.keys(row).join(' '))
    for (const name of answers) t.is(row[name], null, `${name} of patch ${row.index}`)
  }
  t.true(marked >= corrupted.tiles.length)
  const [receipt] = await receiptsOf(path.join(folder, 'holes'))
  t.is(receipt!.unreadable, marked)
  const end = ran.events.find((event) => event.type === 'run.end')
  t.is(end?.summary.unreadable, marked)
  t.true(marked < holes.rows.length)
  t.log(`${marked} of ${holes.rows.length} patches, ${corrupted.tiles.length} tiles`)
})

test.serial('on_error: fail fails the slide, naming tile and patch, and publishes nothing', async (t) => {
  const { folder, slide, pipeline } = await prepared(t, 'fail')
  await corrupt(slide)
  const out = path.join(folder, 'out')
  const ran = await runCli(pipeline, out)
  t.is(ran.code, 1, ran.stderr)
  const failed = ran.events.find((event) => event.type === 'slide.failed')
  t.like(failed, { slide: 'demo', error: { family: 'SlideError' } })
  const said = JSON.stringify(failed)
  t.regex(said, /tile \(\d+, \d+\) of level 0/)
  t.regex(said, /patch\D*\d+/)
  t.deepEqual([...(await resultsOf(out)).keys()], [])
  await writeFile(slide, await readFile(demoSlide))
  t.is((await runHere(pipeline, out)).code, 0, 'the mended slide is done')
})
