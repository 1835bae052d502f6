/** The command line as a user has it: a process, its output, its exit code. */

import { execFile } from 'node:child_process'
import path from 'node:path'
import test from 'ava'
import { commands } from '../../src/cli/index.js'
import { packageRoot } from '../../src/core/package-root.js'
import { folderOf } from '../sources/support.js'
import { tiastream, tiastreamProcess } from '../support/command-line.js'

const script = path.join(packageRoot, 'dist/src/cli.js')

const good = 'output: out\nslides: { glob: "*.svs" }\nstages: [grid: { size: 8 px, at: baseline }, extract, batch, merge]\nsinks: [csv]\n'

test('--version is the version of the package, --help names every command', async (t) => {
  t.regex((await tiastreamProcess(['--version'])).out, /^\d+\.\d+\.\d+\n$/)
  const { code, out } = await tiastream(['--help'])
  t.is(code, 0)
  for (const { name } of commands) t.regex(out, new RegExp(`^  ${name} `, 'm'))
})

test('every command loads and says what it takes', async (t) => {
  for (const { name } of commands) {
    const { code, out, err } = await tiastream([name, '--help'])
    t.is(code, 0, err)
    t.regex(out, new RegExp(`^Usage: tiastream ${name}`), name)
  }
})

test('what is no command or option is told with what was meant, and ends with 2', async (t) => {
  const command = await tiastream(['chek'])
  t.is(command.code, 2)
  t.regex(command.err, /unknown command 'chek' \[USAGE\]\n {2}Did you mean check\?/)
  const option = await tiastream(['check', '--jsn', 'x.yml'])
  t.is(option.code, 2)
  t.regex(option.err, /unknown option '--jsn' \[USAGE\]\n {2}Did you mean --json\?/)
  t.is((await tiastream(['check'])).code, 2)
  t.is((await tiastream(['check', 'x.yml', '--var', 'novalue'])).code, 2)
  t.is((await tiastream([])).code, 2)
})

test('check: 0 and a word when all is well, 2 and every problem when not', async (t) => {
  const folder = await folderOf(t, { 'a.svs': '', 'good.yml': good, 'bad.yml': good.replace('sinks', 'sink').replace('8 px', '0 px') })
  t.deepEqual(await tiastream(['check', 'good.yml'], folder), { code: 0, out: 'good.yml: no problems\n', err: '' })
  // What a run would say before it begins, on the side.
  const more = await tiastream(['check', 'good.yml'], await folderOf(t, { 'a.svs': '', 'b.tif': '', 'good.yml': good }))
  t.deepEqual([more.code, more.out], [0, 'good.yml: no problems\n'])
  t.regex(more.err, /^good\.yml: warning: slides\.glob leaves out .*b\.tif/)
  const bad = await tiastreamProcess(['check', 'bad.yml'], folder)
  t.is(bad.code, 2)
  t.is(
    bad.out,
    "bad.yml:3:24   stages[0].grid.size must be 1 to 65535 px, is '0 px'\nbad.yml:4:1   a pipeline has no 'sink': write sinks:\n2 problems\n",
  )
  const json = JSON.parse((await tiastream(['check', 'bad.yml', '--json'], folder)).out) as { code: string; line: number }[]
  t.deepEqual(
    json.map(({ code, line }) => [code, line]),
    [
      ['OPTION_INVALID', 3],
      ['UNKNOWN_OPTION', 4],
    ],
  )
})

test('plan ends with 2 and the same lines on standard error, as JSON where asked', async (t) => {
  const folder = await folderOf(t, { 'a.svs': '', 'bad.yml': good.replace('merge', 'merg') })
  const human = await tiastream(['plan', 'bad.yml'], folder)
  t.deepEqual([human.code, human.out], [2, ''])
  t.regex(human.err, /^bad\.yml:3:62 {3}stages\[3\] names 'merg'.*\n1 problem\n$/)
  const json = await tiastream(['plan', 'bad.yml', '--mermaid', '--log', 'json'], folder)
  t.is(json.code, 2)
  const { time, message, ...record } = JSON.parse(json.err)
  t.deepEqual(record, {
    type: 'error',
    family: 'PipelineError',
    code: 'UNKNOWN_STAGE',
    at: { file: path.join(folder, 'bad.yml'), line: 3, column: 62 },
  })
  t.true(message.endsWith('1 problem') && time !== undefined)
})

test('schema prints JSON, docs print Markdown', async (t) => {
  t.is(JSON.parse((await tiastream(['schema'])).out).title, 'tiastream pipeline')
  t.regex((await tiastream(['docs'])).out, /^# Reference\n/)
})

test('a closed pipe is no error', async (t) => {
  const code = await new Promise((resolve) => {
    const child = execFile('sh', ['-c', `"${process.execPath}" "${script}" docs | head -1`], () => resolve(child.exitCode))
  })
  t.is(code, 0)
})

test('test runs the cases of x.yml and x.test.yml once, and says which of several pipelines have none', async (t) => {
  const cases = 'tests:\n  - { name: nothing there, expect: { problems: [finds no file] } }\n'
  const folder = await folderOf(t, { 'p.yml': good, 'p.test.yml': cases, 'q.yml': good })
  const { code, out, err } = await tiastream(['test', 'p.test.yml', 'p.yml', './p.yml', 'q.yml'], folder)
  t.is(code, 0, err)
  t.is(out.match(/✔ nothing there/g)?.length, 1)
  t.regex(out, /^q\.yml\n {2}- no cases: there is no q\.test\.yml\n1 passed, 0 failed\n$/m)
})
