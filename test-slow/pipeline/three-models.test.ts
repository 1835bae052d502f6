/** Several models about one slide: each says what it says alone, and what reads results knows whose columns are whose. */

import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import type { Row, Value } from '../../src/core/row.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { exportTable } from '../../src/pipeline/export.js'
import { segmentsFor } from '../../src/pipeline/plan/segments-of-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { factsOf } from '../../src/results/facts.js'
import { givenOf } from '../../src/results/given.js'
import { openResults } from '../../src/results/open.js'
import { drawnBy } from '../../src/results/report/overlay-options.js'
import { classesOf, tableOf } from '../../src/results/tables.js'
import { openParquet } from '../../src/sinks/parquet/read.js'
import { tempFolder } from '../../test/support/temp.js'

const shipped = path.join(packageRoot, 'pipelines')

/** Rows of the Parquet file, by the index of the patch. */
async function rowsOf(folder: string): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const row of (await openParquet(path.join(folder, 'rows/demo.parquet'))).rows) rows.push(row)
  return rows
}

/** Numbers to a part in a million: the last bit may depend on which patches share a batch, and another grid has other neighbours. */
function isSame(a: Value, b: Value): boolean {
  if (a instanceof Float32Array && b instanceof Float32Array) return a.length === b.length && a.every((value, i) => isSame(value, b[i]!))
  return typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b)) : a === b
}

const centreOf = ({ base_x: bx, base_y: by, base_w: bw, base_h: bh }: Row) =>
  `${Number(bx) + Number(bw) / 2} ${Number(by) + Number(bh) / 2}`

test('three models about one slide say what each says alone, and every tile is decoded once', async (t) => {
  const folder = await tempFolder(t)
  // A quarter of the patches says as much.
  const quarter = 'sample: { every: 4 }'
  const text = await readFile(path.join(shipped, 'three-models.yml'), 'utf8')
  await writeFile(path.join(folder, 'three.yml'), text.replace('  - extract\n', `  - ${quarter}\n  - extract\n`))
  const slides = path.join(packageRoot, 'fixtures/slides')
  const plan = await readPlan(path.join(folder, 'three.yml'), {
    env: {},
    vars: { slides },
    output: path.join(folder, 'three'),
    runtime: { lanes: 1 },
  })
  await runPipeline(plan)
  const three = await rowsOf(path.join(folder, 'three'))
  const { counts } = JSON.parse(await readFile(path.join(folder, 'three/.tiastream/receipts/demo.json'), 'utf8')) as Receipt
  t.is(counts['lanes.tilesDecoded'], counts['lanes.tilesTouched'])
  t.is(counts['infer.patches'], 3 * three.length)
  // Two of them in a thread of their own, as on a device: the same file.
  const apart = segmentsFor(plan.stages, new Set(['stain', 'surroundings']))
  t.deepEqual(
    apart.map(({ where, stages }) => `${where} ${stages.length}`),
    ['main 3', 'lane 3', 'device 3'],
  )
  const sinks = plan.sinks.filter(({ name }) => name === 'parquet')
  await runPipeline({ ...plan, sinks, segments: apart, output: path.join(folder, 'apart') })
  const bytesOf = (name: string) => readFile(path.join(folder, name, 'rows/demo.parquet'))
  t.true((await bytesOf('apart')).equals(await bytesOf('three')))
  // Each on the grid that it was made for: that of `surroundings` reaches over three patches of the others.
  const alone = { stain: '{ like: stain }', colour: '{ like: colour }', surroundings: '{ like: surroundings, stride: 28 px }' }
  const names = { stain: 'stain', colour: 'colour', surroundings: 'around' }
  for (const [model, grid] of Object.entries(alone)) {
    const file = path.join(folder, `${model}.yml`)
    const some = model === 'surroundings' ? 'mask: { keep: 5 % }' : `mask: { keep: 50 % }, ${quarter}`
    const stages = `[grid: ${grid}, ${some}, extract, batch: { size: 16 }, infer: { model: ${model} }, merge]`
    await writeFile(
      file,
      `output: ./${model}\nslides: { glob: "${slides}/*.tif" }\nstages: ${stages}\nsinks: [parquet]\nruntime: { lanes: 1 }\n`,
    )
    await runPipeline(await readPlan(file))
    const own = new Map((await rowsOf(path.join(folder, model))).map((row) => [centreOf(row), row]))
    const under = `${names[model as keyof typeof names]}_`
    const columns = plan.columns.filter(({ name }) => name.startsWith(under)).map(({ name }) => name)
    t.true(columns.length > 0)
    let compared = 0
    for (const row of three) {
      const same = own.get(centreOf(row))
      if (!same) continue
      compared++
      for (const name of columns) t.true(isSame(row[name]!, same[name.slice(under.length)]!), `${name} of patch ${row.index}`)
    }
    t.true(compared > 0.9 * three.length, `${model}: ${compared} of ${three.length}`)
  }
  // What reads results takes the first that names classes.
  const facts = await factsOf(path.join(folder, 'three/rows/demo.parquet'))
  t.deepEqual(Object.keys(facts.classes!), ['background', 'hematoxylin-rich', 'eosin-rich'])
  t.is(
    Object.values(facts.classes!).reduce((sum, count) => sum + count, 0),
    three.length,
  )
  const given = givenOf(await openParquet(path.join(folder, 'three/rows/demo.parquet')))
  t.deepEqual(given.columns, ['stain_prediction', 'stain_class', 'status', 'stain_prob_background'])
  const looked = async (model: string) => (await openResults(path.join(folder, 'three'), { model })).slides[0]!
  const { id, table: at, model } = await looked('around')
  const around = await tableOf({ id, table: at!, model })
  t.deepEqual(
    classesOf(around).map(({ name, column }) => [name, column]),
    [
      ['glass', 'around_prob_glass'],
      ['tissue', 'around_prob_tissue'],
    ],
  )
  t.is(drawnBy(await openResults(path.join(folder, 'three')), await looked('around'))!.file, 'demo.around.png')
  // Of the table a sink that speaks of one model takes the first that names classes, or the one it is told.
  const table = path.join(folder, 'three/rows/demo.parquet')
  const headOf = async (file: string) => (await readFile(file, 'utf8')).split('\n')[0]
  const exported = (name: string, options: Record<string, unknown>) =>
    exportTable(table, { to: 'wsinfer', output: path.join(folder, name), options })
  t.regex((await headOf((await exported('first.csv', {})).file))!, /prob_background,prob_hematoxylin-rich,prob_eosin-rich/)
  t.regex((await headOf((await exported('around.csv', { model: 'around' })).file))!, /prob_glass,prob_tissue/)
  await t.throwsAsync(exported('none.csv', { model: 'aruond' }), { code: 'OPTION_INVALID', message: /'aruond'.*stain, colour, around/ })
})
