/**
 * A test is a file: `fixtures/pipelines/*.yml` has three parts: what is around (a comment that names the test; `files:` that are there, `write:` with
 * their content, `vars:` given), the pipeline, and the lines that check must say. `<here>` is the folder, `<…>` anything.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../../src/core/package-root.js'
import { checkPipeline } from '../../../src/pipeline/check/check.js'
import { readPlan } from '../../../src/pipeline/check/read-plan.js'
import { parseTree } from '../../../src/pipeline/document/document.js'
import { formatProblem, ProblemList } from '../../../src/pipeline/document/problems.js'
import { plainOf } from '../../../src/pipeline/document/yaml-node.js'
import { folderOf } from '../../sources/support.js'

interface Around {
  readonly files?: readonly string[]
  readonly write?: Readonly<Record<string, string>>
  readonly vars?: Readonly<Record<string, string>>
}

const folder = path.join(packageRoot, 'fixtures/pipelines')

for (const name of readdirSync(folder).filter((file) => file.endsWith('.yml'))) {
  const text = readFileSync(path.join(folder, name), 'utf8')
  const [around = '', pipeline = '', expected = ''] = text.split(/^---\n/m)
  const title = around.split('\n', 1)[0]!.replace(/^# /, '')
  test(`${name}: ${title}`, async (t) => {
    const { files = ['slides/a.svs'], write = {}, vars = {} } = (plainOf(parseTree(around, new ProblemList(name))!) ?? {}) as Around
    const here = await folderOf(t, { ...Object.fromEntries(files.map((file) => [file, ''])), ...write })
    await writeFile(path.join(here, 'p.yml'), pipeline)
    const { problems, plan } = await checkPipeline(path.join(here, 'p.yml'), { vars, env: {} })
    const said = problems.map((problem) =>
      formatProblem(problem, here)
        .replaceAll(here, '<here>')
        .replace(/^p\.yml:/, ''),
    )
    const wanted = expected.split('\n').filter((line) => line !== '')
    t.deepEqual(
      said,
      wanted.map((line, i) => (matches(said[i] ?? '', line) ? said[i]! : line)),
    )
    t.is(plan === undefined, wanted.length > 0)
  })
}

/** `<…>` stands for anything. */
function matches(said: string, wanted: string): boolean {
  const parts = wanted.split('<…>')
  return parts.length > 1 && said.startsWith(parts[0]!) && said.endsWith(parts.at(-1)!)
}

test('readPlan throws one error: the code and place of the first problem, every line in the message', async (t) => {
  const here = await folderOf(t, { 'p.yml': 'outptu: ./out\nslides: { glob: "*.svs" }\nstages: [merg]\nsinks: [csv]\n', 'a.svs': '' })
  const file = path.join(here, 'p.yml')
  const error = await t.throwsAsync(readPlan(file), { code: 'UNKNOWN_OPTION' })
  t.deepEqual((error as { at?: unknown }).at, { file, line: 1, column: 1 })
  t.is(error.message.split('\n').length, 3)
  t.regex(error.message, /did you mean 'output'\?/)
  t.regex(error.message, /2 problems$/)
})

test('a folder without permission is told before anything starts', async (t) => {
  if (process.getuid?.() === 0) {
    t.log('SKIPPED: root may write anywhere')
    t.pass()
    return
  }
  const here = await folderOf(t, { 'p.yml': 'output: locked/out\nslides: { glob: "*.svs" }\nstages: [merge]\nsinks: [csv]\n', 'a.svs': '' })
  await mkdir(path.join(here, 'locked'), { mode: 0o555 })
  const { problems } = await checkPipeline(path.join(here, 'p.yml'))
  t.true(problems.some(({ code }) => code === 'OUTPUT_DENIED'))
})

test('a pipeline that is a list or text is refused as such', async (t) => {
  for (const text of ['- a\n', 'text\n']) {
    const here = await folderOf(t, { 'p.yml': text })
    const { problems } = await checkPipeline(path.join(here, 'p.yml'))
    t.deepEqual(
      problems.map(({ message }) => message),
      ['a pipeline is a map with output:, an input, stages: and sinks:'],
    )
  }
})

test('a folder of the tables that DuckDB and Spark take for a column of theirs is told', async (t) => {
  const here = await folderOf(t, { 'a.svs': '' })
  const warningsOf = async (output: string, file: string) => {
    const lines = [
      'slides: { glob: "*.svs" }',
      'stages: [grid: { size: 224 px, at: baseline }, extract, batch, infer: { model: stain }, merge]',
    ]
    await writeFile(path.join(here, 'p.yml'), [`output: ${output}`, ...lines, `sinks: [parquet: { file: "${file}" }]`, ''].join('\n'))
    const { plan, problems } = await checkPipeline(path.join(here, 'p.yml'), { env: {} })
    t.deepEqual(problems, [])
    return plan!.warnings.filter((warning) => warning.includes('DuckDB'))
  }
  const told = (folder: string, column: string) => [
    `DuckDB and Spark take the folder '${folder}' for a column, and its word for what the tables say in their column ${column}: give the output, or the sink's file:, another name`,
  ]
  t.deepEqual(await warningsOf('runs/Class=1', 'rows/{slide}.parquet'), told('Class=1', 'class'))
  t.deepEqual(await warningsOf('out', 'slide={slide}/rows.parquet'), told('slide={slide}', 'slide'))
  t.deepEqual(await warningsOf('site=3', 'rows/{slide}.parquet'), [])
})
