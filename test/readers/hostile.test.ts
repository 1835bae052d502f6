/** Files made to break readers: each ends with pixels or with a SlideError, soon, in bounded memory. One child process for each folder. */

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { sharedTest } from '../shared-data.js'

interface Outcome {
  uri: string
  kind: string
  outcome: string
  ms: number
  mb: number
}

const child = fileURLToPath(new URL('./hostile-child.js', import.meta.url))
/** By the clock, on a machine with much else to do. */
const TIME_LIMIT = 170_000

function run(files: readonly string[]): Promise<{ code: number | null; lines: Outcome[]; stderr: string }> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, ['--max-old-space-size=1024', child], { timeout: TIME_LIMIT, killSignal: 'SIGKILL' })
    let stdout = ''
    let stderr = ''
    process_.stdout.on('data', (bytes) => {
      stdout += bytes
    })
    process_.stderr.on('data', (bytes) => {
      stderr += bytes
    })
    process_.on('error', reject)
    process_.on('close', (code) => {
      const lines = stdout.split('\n').filter((line) => line !== '')
      resolve({ code, lines: lines.map((line) => JSON.parse(line)), stderr })
    })
    process_.stdin.end(files.join('\n'))
  })
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()

/** At least this many end in pixels: others read them too, so we must not get away with refusing everything. */
const folders: readonly [folder: string, readable: number][] = [
  ['hostile/tiff-gofuzz', 5],
  ['hostile/tiff-image-rs', 0],
  ['hostile/tiff-odd-libtiffpic', 5],
  ['hostile/pillow', 5],
  ['hostile/jpeg-afl-edges', 5],
  ['hostile/jp2-jasper', 0],
]

for (const [folder, readable] of folders) {
  sharedTest(`hostile files end in pixels or a SlideError: ${folder}`, [folder], async (t, root) => {
    t.timeout(TIME_LIMIT + 10_000)
    const files = filesIn(root!)
    const { code, lines, stderr } = await run(files)
    t.is(code, 0, stderr.slice(-2000))
    t.is(lines.length, files.length * 2)
    for (const { uri, kind, outcome, ms, mb } of lines) {
      const name = `${path.basename(uri)} as ${kind}`
      t.regex(outcome, /^(read|SlideError [A-Z_]+)$/, name)
      t.true(ms < 5000, `${name} took ${ms} ms`)
      t.true(mb < 1500, `${name} took ${mb} MB`)
    }
    const read = lines.filter(({ kind, outcome }) => kind === 'tile' && outcome === 'read').length
    t.true(read >= readable, `${read} were read`)
    t.log(
      `${read} of ${files.length} read as pictures; slowest ${Math.max(...lines.map(({ ms }) => ms))} ms, ${Math.max(...lines.map(({ mb }) => mb))} MB`,
    )
  })
}
