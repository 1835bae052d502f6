/** A gathering that is killed at any moment leaves whole files, no slide twice, and a `_SUCCESS` only where all of it holds; the next one ends with the same bytes. */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test from 'ava'
import { parquetReadObjects } from 'hyparquet'
import { packageRoot } from '../../src/core/package-root.js'
import { gatherCohort } from '../../src/pipeline/cohort/gather.js'
import { colours, patchesOf, writeColours } from '../../test/pipeline/cohort/colours.js'
import { runFile } from '../../test/support/pipeline-file.js'
import { tempFolder } from '../../test/support/temp.js'
import { long } from '../long.js'

const kills = long ? 150 : 12
const child = path.join(packageRoot, 'dist/test-slow/dataset/gather-child.js')
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function rowsIn(file: string) {
  const bytes = await readFile(file)
  return parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer })
}

async function filesBelow(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  const named = await Promise.all(files.map(async (file) => [path.relative(folder, file), sha(await readFile(file))] as const))
  return new Map(named.filter(([name]) => !name.startsWith('.tiastream')).sort(([a], [b]) => (a < b ? -1 : 1)))
}

test(`killed ${kills} times`, async (t) => {
  t.timeout(1_800_000)
  const folder = await tempFolder(t)
  const out = path.join(folder, 'out')
  await runFile(await writeColours(folder))
  // Two forms of the parts, so that each gathering has something to do: those of one form go, those of the other come.
  const forms = [1000, 20_000]
  const whole: Map<string, string>[] = []
  for (const bytes of forms) {
    await gatherCohort(out, { compact: bytes })
    whole.push(await filesBelow(out))
  }
  /** Kills it after so many milliseconds. What it ended with, and how long it took from its first word. */
  const gathering = async (bytes: number, after: number) => {
    const process_ = spawn(process.execPath, [child, out, String(bytes)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(process_, 'close')
    await Promise.race([once(process_.stdout!, 'data'), ended])
    const began = performance.now()
    await Promise.race([setTimeout(after, undefined, { ref: false }), ended])
    process_.kill('SIGKILL')
    const [code] = await ended
    return { code, took: performance.now() - began }
  }
  const usual = (await gathering(forms[0]!, 60_000)).took
  let done = 0
  for (let i = 0; i < kills; i++) {
    // Spread evenly over what a gathering takes, and some more.
    const { code } = await gathering(forms[(i + 1) % 2]!, ((i * 0.618) % 1) * 1.3 * usual)
    if (code === 0) done++
    const seen = new Map<unknown, number>()
    for (const name of await readdir(path.join(out, 'compact')).catch(() => []))
      for (const { slide } of await rowsIn(path.join(out, 'compact', name))) seen.set(slide, (seen.get(slide) ?? 0) + 1)
    for (const one of colours) t.true((seen.get(one.id) ?? 0) <= patchesOf(one), `${one.id} is there twice`)
    if (existsSync(path.join(out, 'cohort.parquet'))) t.is((await rowsIn(path.join(out, 'cohort.parquet'))).length, colours.length + 1)
    if (!existsSync(path.join(out, '_SUCCESS'))) continue
    const { files, compact } = JSON.parse(await readFile(path.join(out, 'manifest.json'), 'utf8'))
    for (const { file, sha256 } of [...files, ...compact.parts])
      t.is(sha(await readFile(path.join(out, file))), sha256, `_SUCCESS is there, and ${file} is another`)
  }
  t.log(`${done} of ${kills} came to their end before they were killed`)
  for (const [form, bytes] of forms.entries()) {
    await gatherCohort(out, { compact: bytes })
    t.deepEqual(await filesBelow(out), whole[form])
  }
  // A slide that is made again takes _SUCCESS away before it changes anything.
  await rm(path.join(out, 'rows/001.parquet'))
  await writeFile(path.join(folder, 'in/broken.tif'), '')
  await runFile(path.join(folder, 'pipeline.yml'))
  t.true(existsSync(path.join(out, '_SUCCESS')))
})
