import { execFile } from 'node:child_process'
import { copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { demoSlide, writePipeline } from '../support/pipeline-file.js'
import { tempFolder } from '../support/temp.js'

const run = promisify(execFile)
const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url))
const nobody = fileURLToPath(new URL('../support/nobody.js', import.meta.url))

test('a user without a name and a home, as a container has: check, run and inspect work', async (t) => {
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'in'))
  await copyFile(demoSlide, path.join(folder, 'in/a.tif'))
  const file = await writePipeline(folder, { slides: '{ glob: "in/*.tif" }', grid: '{ size: 224 px, at: 4 mpp }', sinks: '[csv]' })
  const { HOME: _home, USERPROFILE: _profile, ...env } = process.env
  const asNobody = (...args: string[]) => run(process.execPath, ['--import', nobody, cli, ...args], { env, cwd: folder })
  t.regex((await asNobody('check', file)).stdout, /no problems/)
  t.regex((await asNobody('run', file)).stderr, /1 done, 0 failed/)
  const missing = await t.throwsAsync(asNobody('inspect', '~/a.svs'))
  t.regex((missing as Error & { stderr: string }).stderr, /a\.svs/)
})
