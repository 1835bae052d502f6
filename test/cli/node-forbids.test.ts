/** A hardened Node is told as that: it was a broken model file, a package to install again, or a bug. */

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { demoSlide } from '../support/pipeline-file.js'
import { tempFolder } from '../support/temp.js'

const cli = path.join(packageRoot, 'dist/src/cli.js')
const permission = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'
for (const [options, codes, fact, remedy] of [
  [['--no-addons'], [3], /does not load here: Cannot load native addon.* \[RUNTIME_MISSING\]/, /take --no-addons, or/],
  // Versions differ in what they refuse first: threads, or fsync, of which they say themselves what it is.
  [[permission, '--allow-fs-read=*', '--allow-fs-write=*'], [2, 4], /\[NODE_FORBIDS\]|Permission Model is enabled/, /./],
] as const)
  test(`a run under ${options[0]}`, async (t) => {
    const folder = await tempFolder(t)
    const file = path.join(folder, 'p.yml')
    await writeFile(
      file,
      `output: out\nslides: { glob: ${JSON.stringify(demoSlide)} }\nstages: [grid, extract, batch, { infer: { model: stain } }, merge]\nsinks: [csv]\n`,
    )
    const call = promisify(execFile)(process.execPath, [...options, cli, 'run', file])
    const ended = (await t.throwsAsync(call)) as unknown as { stderr: string; code: number }
    t.true((codes as readonly number[]).includes(ended.code), ended.stderr)
    t.regex(ended.stderr, fact)
    t.regex(ended.stderr, remedy)
  })

test('a run needs no code made from strings; charts do, and say so', async (t) => {
  const folder = await tempFolder(t)
  const file = path.join(folder, 'p.yml')
  await writeFile(
    file,
    `output: out\nslides: { glob: ${JSON.stringify(demoSlide)} }\nstages: [{ grid: { stride: 900 px } }, mask, extract, batch, { infer: { model: stain } }, merge]\nsinks: [parquet]\n`,
  )
  const hardened = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--disallow-code-generation-from-strings', cli, ...args], { cwd: folder })
  t.regex((await hardened('run', file)).stderr, /1 done, 0 failed/)
  const told = (await t.throwsAsync(hardened('report', 'out'))) as unknown as { stderr: string }
  t.regex(told.stderr, /Node was started so that it refuses what this needs: Code generation.*\[NODE_FORBIDS\]\n.*take --disallow-code/)
})

test('doctor says that Node refuses, and gives no cure that does not help', async (t) => {
  const doctor = pathToFileURL(path.join(packageRoot, 'dist/src/models/doctor/doctor.js')).href
  const text = `for await (const found of (await import(${JSON.stringify(doctor)})).diagnose()) {
    console.log(JSON.stringify(found))
    if (found.what === 'onnxruntime-node') break
  }`
  const foundWith = async (option: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, [option, '--input-type=module', '-e', text])
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const [, options, runtime] = await foundWith('--no-addons')
  t.like(options, { ok: false, needed: true })
  t.regex(options.cure, /^take --no-addons/)
  t.like(runtime, { ok: false, cure: '' })
  const [, hardened] = await foundWith('--disallow-code-generation-from-strings')
  t.like(hardened, { ok: true, detail: 'let native modules load' })
})

test('a Node that is too old is told by its version; by itself it ended somewhere in the middle', async (t) => {
  const old = "data:text/javascript,import zlib from 'node:zlib'; zlib.crc32 = undefined"
  const ended = (await t.throwsAsync(promisify(execFile)(process.execPath, ['--import', old, cli, 'check', 'p.yml']))) as unknown as {
    stderr: string
    code: number
  }
  t.is(ended.code, 2)
  t.true(ended.stderr.includes(`and this is ${process.version} (`), ended.stderr)
  // What such a Node would not even read.
  t.notRegex(await readFile(cli, 'utf8'), /\?\.|\?\?|\bawait\b|from '\./)
})
