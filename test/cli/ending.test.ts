/** What a plugin never answers, or leaves open, is said, and the program ends. */

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { tiastreamProcess } from '../support/command-line.js'
import { slideBytes } from '../support/small-cohort.js'
import { tempFolder } from '../support/temp.js'

/** What a source says of a slide of 16 patches: what is looked at here is how the run ends. */
async function slideIn(t: ExecutionContext): Promise<string> {
  const uri = path.join(await tempFolder(t), 'a.tif')
  await writeFile(uri, slideBytes(0, 64, 64))
  return JSON.stringify({ kind: 'slide', id: 'a', uri, carried: {} })
}

/** A pipeline whose slides come from a plugin: `slides` is what its source does, `atOnce` what happens where it is loaded. */
async function pipelineWith(t: ExecutionContext, slides: string, atOnce = ''): Promise<string> {
  const folder = await tempFolder(t)
  const library = JSON.stringify(path.join(packageRoot, 'dist/src/index.js'))
  const source = `data:text/javascript,${encodeURIComponent(`export const columns = async () => []; export default async function* slides() { ${slides} }`)}`
  await writeFile(
    path.join(folder, 'plugin.mjs'),
    `import { definePlugin, defineSource } from ${library}
${atOnce}
const odd = defineSource({ name: 'odd', kind: 'slide', summary: 'Odd slides.', options: {}, examples: ['odd'], load: () => import(${JSON.stringify(source)}) })
export default definePlugin({ name: 'odd-plugin', version: '1.0.0', module: import.meta.url, sources: [odd] })
`,
  )
  await writeFile(
    path.join(folder, 'p.yml'),
    `plugins: [./plugin.mjs]
output: ./out
odd: {}
stages: [{ grid: { size: 16 px, at: baseline } }, extract, batch, merge]
sinks: [csv]
`,
  )
  return folder
}

test('a source that never answers ends the run by name; by itself Node would end it without a word', async (t) => {
  const folder = await pipelineWith(t, 'await new Promise(() => {})')
  const { code, err } = await tiastreamProcess(['run', path.join(folder, 'p.yml')])
  t.is(code, 2, err)
  t.regex(err, /waits for an answer that never comes.* \[NEVER_ANSWERED\]/)
})

test('what a plugin leaves open keeps a finished run three seconds, not for ever', async (t) => {
  const folder = await pipelineWith(t, `yield ${await slideIn(t)}`, 'setInterval(() => {}, 1000)')
  const { code, err } = await tiastreamProcess(['run', path.join(folder, 'p.yml'), '--log', 'json'])
  t.is(code, 0, err)
  t.regex(err, /"code":"LEFT_OPEN".*something is still open 3 s after the end \(Timeout\)/)
})

test('a program that node:cluster or pm2 has forked ends at once: the line to its parent is nothing that is left open', async (t) => {
  const exec = path.join(packageRoot, 'dist/src/cli.js')
  const parent = `require('node:cluster').setupPrimary(${JSON.stringify({ exec, execArgv: [], args: ['models', 'list', '--json'] })}); require('node:cluster').fork()`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', parent])
  t.is(stderr, '')
  t.notThrows(() => JSON.parse(stdout))
})

test('what a plugin prints stands beside the answer of a command, not in it; a run answers by files', async (t) => {
  const folder = await pipelineWith(t, `yield ${await slideIn(t)}`, "console.log('words of a plugin'); console.info('more')")
  const file = path.join(folder, 'p.yml')
  for (const args of [
    ['check', file, '--json'],
    ['plan', file, '--json'],
    ['schema', file],
  ]) {
    const { code, out, err } = await tiastreamProcess(args)
    t.is(code, 0, err)
    t.notThrows(() => JSON.parse(out), args[0])
    t.regex(err, /words of a plugin\nmore/)
  }
  const { out } = await tiastreamProcess(['run', file])
  t.regex(out, /words of a plugin\nmore/)
})

test('a promise that a plugin forgets ends the command as a bug, not as a run in which slides failed', async (t) => {
  const folder = await pipelineWith(t, 'await new Promise(() => {})', "setTimeout(() => Promise.reject(new Error('forgotten')), 0)")
  const { code, err } = await tiastreamProcess(['run', path.join(folder, 'p.yml'), '--log', 'json'])
  t.is(code, 70, err)
  const { type, message, cause } = JSON.parse(err.trim().split('\n').at(-1)!)
  t.deepEqual([type, message], ['error', 'forgotten'])
  t.regex(cause, /plugin\.mjs/)
})

for (const own of [0, 1])
  test(`a plugin that ends the program with ${own} in the middle of a run is told: it would say that every slide is done, but for some`, async (t) => {
    const folder = await pipelineWith(t, `process.exit(${own})`)
    const { code, err } = await tiastreamProcess(['run', path.join(folder, 'p.yml')])
    t.is(code, 2, err)
    t.regex(err, /was ended from within, by process\.exit\(\), before the command was through \[NEVER_ANSWERED\]/)
  })

test('a reader that has enough of what a plugin prints ends no run', async (t) => {
  const folder = await pipelineWith(t, `for (let n = 0; n < 1e4; n++) console.log('words'.repeat(20)); yield ${await slideIn(t)}`)
  const cli = path.join(packageRoot, 'dist/src/cli.js')
  const shell = `"$0" "$1" run p.yml | head -n 1; exit "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', shell, process.execPath, cli], { cwd: folder })
  t.regex(stdout, /^words/)
  t.regex(stderr, /1 done, 0 failed/)
})
