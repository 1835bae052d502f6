/** Places that cannot be written to: told before anything begins, and with the exit code that GUARANTEES.md gives: 4. */

import { chmod, copyFile, mkdir, readdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { exitCodeOf } from '../../../src/cli/exit.js'
import { main } from '../../../src/cli/program.js'
import { obstacleTo } from '../../../src/core/files/write-place.js'
import { mustHaveNone } from '../../../src/pipeline/document/problems.js'
import { folderOf } from '../../sources/support.js'

test('a folder, and what is below a folder, can be written to', async (t) => {
  const folder = await folderOf(t, { 'a/x': '' })
  await symlink('a', path.join(folder, 'link'))
  for (const name of ['a', 'link', 'a/..']) t.is(await obstacleTo(path.join(folder, name), { made: false }), null)
  for (const name of ['b', 'link/b/c', 'a/b']) t.is(await obstacleTo(path.join(folder, name), { made: true }), null)
})

test('a file in the way, a folder that is not there, and a link to nothing are named', async (t) => {
  const folder = await folderOf(t, { file: '' })
  await symlink('nowhere', path.join(folder, 'dangling'))
  const told = async (name: string, made: boolean) => {
    const { code, fact } = (await obstacleTo(path.join(folder, name), { made }))!
    return [code, fact.replaceAll(`${folder}${path.sep}`, '')]
  }
  for (const name of ['file', 'file/below', 'file/a/b']) t.deepEqual(await told(name, true), ['OUTPUT_DENIED', 'file is a file'])
  t.deepEqual(await told('no/such', false), ['OUTPUT_MISSING', 'there is no folder no/such'])
  for (const name of ['dangling', 'dangling/below'])
    t.deepEqual(await told(name, true), ['OUTPUT_MISSING', 'dangling is a link to nowhere, which is not there'])
})

test('a folder without permission is named', async (t) => {
  if (process.getuid?.() === 0) {
    t.log('SKIPPED: root may write anywhere')
    t.pass()
    return
  }
  const folder = await folderOf(t, {})
  await mkdir(path.join(folder, 'locked'))
  await chmod(path.join(folder, 'locked'), 0o555)
  t.like(await obstacleTo(path.join(folder, 'locked/out'), { made: true }), { code: 'OUTPUT_DENIED' })
})

test('run, plan and check end with 4 when only the output is in the way, with 2 when more is wrong', async (t) => {
  const pipeline =
    'output: file/out\nslides: { glob: "*.svs" }\nstages: [grid: { size: 8 px, at: baseline }, extract, batch, merge]\nsinks: [csv]\n'
  const folder = await folderOf(t, { 'a.svs': '', file: '', 'p.yml': pipeline, 'q.yml': pipeline.replace('8 px', '0 px') })
  const told: string[] = []
  const code = (...argv: string[]) =>
    main(argv, (text) => {
      told.push(text)
    })
  const [p, q] = ['p.yml', 'q.yml'].map((name) => path.join(folder, name))
  t.is(await code('run', p!), 4)
  t.is(await code('plan', p!), 4)
  t.is(await code('run', q!), 2)
  t.regex(told[0]!, /p\.yml:1:9 {3}output is .*out, but .*file is a file/)
})

test('commands that write a file or a model end with 4, too, and name the place as it was typed', async (t) => {
  const folder = await folderOf(t, { file: '', 'notes.txt': 'mine' })
  let error = ''
  const code = (...argv: string[]) =>
    main(argv, (text) => {
      error = text
    })
  const [below, nowhere] = [path.join(folder, 'file', 'x'), path.join(folder, 'nowhere', 'x')]
  t.is(await code('thumbnail', 'fixtures/slides/demo.tif', '-o', `${below}.png`), 4)
  t.is(error, `error: ${below}.png cannot be written: ${path.dirname(below)} is a file [OUTPUT_DENIED]\n  name another place with -o\n`)
  t.is(await code('thumbnail', 'fixtures/slides/demo.tif', '-o', `${nowhere}.png`), 4)
  t.regex(error, /there is no folder .*nowhere \[OUTPUT_MISSING\]\n {2}make it, or name another place with -o\n$/)
  t.is(await code('models', 'convert', 'stain', '--fp16', '-o', below), 4)
  t.regex(error, /file is a file \[OUTPUT_DENIED\]/)
})

test('results whose place is not there, or does not answer before a run, end with 4; with anything wrong in the pipeline, too, with 2', (t) => {
  const problem = (code: string) => ({ code, line: 1, column: 9, file: '', path: 'output', message: 'cannot be looked into' })
  for (const code of ['OUTPUT_DENIED', 'OUTPUT_FAILED', 'OUTPUT_MISSING', 'OUTPUT_UNREACHABLE']) {
    t.is(exitCodeOf(t.throws(() => mustHaveNone([problem(code)]))), 4, code)
    t.is(exitCodeOf(t.throws(() => mustHaveNone([problem(code), problem('OPTION_INVALID')]))), 2, code)
  }
})

test('a name as long as one can be is written; a longer one is told before the work', async (t) => {
  const folder = await folderOf(t, {})
  const slide = path.join(folder, `${'é'.repeat(118)}.tif`)
  await copyFile('fixtures/small/jpeg.tif', slide)
  let error = ''
  const code = (...argv: string[]) =>
    main(argv, (text) => {
      error = text
    })
  t.is(await code('thumbnail', slide, '-o', path.join(folder, `${'é'.repeat(125)}.png`)), 0, error)
  t.deepEqual((await readdir(folder)).length, 2)
  const long = path.join(folder, `${'é'.repeat(126)}.png`)
  t.is(await code('thumbnail', slide, '-o', long), 4)
  t.is(error, `error: ${long} cannot be written: its name is too long for this file system [OUTPUT_NAME]\n  name another place with -o\n`)
})
