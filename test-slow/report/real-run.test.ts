/** From a pipeline file to what people look at, with nothing made up: counts in the page and in the viewer are those of the CSV. */

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { parse } from 'csv-parse/sync'
import { packageRoot } from '../../src/core/package-root.js'
import { openResults } from '../../src/results/open.js'
import { startViewer } from '../../src/results/view/server.js'
import { tempFolder } from '../../test/support/temp.js'

const tiastream = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, [path.join(packageRoot, 'dist/src/cli.js'), ...args], { maxBuffer: 2 ** 26 })

const pipeline = (folder: string) => `
output: ${folder}/out
slides: { glob: "${packageRoot}fixtures/slides/demo.tif" }
stages:
  - grid
  - mask: { keep: 10 % }
  - extract
  - batch: { size: 32 }
  - infer: { model: stain }
  - merge
sinks:
  - parquet
  - csv
  - overlay
`

test('a run, its report and its viewer agree with the CSV that the same run wrote', async (t) => {
  t.timeout(180_000)
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'p.yml'), pipeline(folder))
  await tiastream('run', path.join(folder, 'p.yml'))
  const out = path.join(folder, 'out')
  const rows = parse(await readFile(path.join(out, 'demo.csv'), 'utf8'), { columns: true }) as Record<string, string>[]
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(row.class!, (counts.get(row.class!) ?? 0) + 1)
  t.true(rows.length > 100 && counts.size === 3)

  await tiastream('report', out)
  const page = await readFile(path.join(out, 'report.html'), 'utf8')
  t.true(page.includes('alt="Predictions over the slide demo"'))
  for (const [name, n] of counts) t.true(page.includes(`${name}<small>${n} patches,`), `${name} ${n}`)
  // The overlay sink's default: half of the colour.
  t.true(page.includes('style="--o:50%"'))

  const viewer = await startViewer(await openResults(out))
  t.teardown(() => viewer.close())
  const said = (await (await fetch(`${viewer.url}slides/demo`)).json()) as {
    patches: number
    legend: { lines: { name: string; count: number; share: string; area: string }[] }
  }
  t.is(said.patches, rows.length)
  t.deepEqual(
    said.legend.lines.map(({ name, count }) => [name, count]),
    [...counts].toSorted((a, b) => b[1] - a[1]),
  )
  // In the page as in the viewer, and as the CSV adds up.
  for (const { name, count, share, area } of said.legend.lines) {
    t.is(share, `${Math.round((1000 * count) / rows.length) / 10} %`)
    t.true(page.includes(`${name}</th><td class="number">${share}</td><td class="number">${count}</td><td class="number">${area}</td>`))
  }
  const row = rows[Math.floor(rows.length / 2)]!
  const at = `x=${Number(row.base_x) + Number(row.base_w) / 2}&y=${Number(row.base_y) + Number(row.base_h) / 2}`
  const found = (await (await fetch(`${viewer.url}slides/demo/at?${at}`)).json()) as { row: Record<string, unknown> }
  t.is(String(found.row.index), row.index!)
  t.is(found.row.class, row.class)
})
