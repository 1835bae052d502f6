/** Runs the cases of a pipeline: a whole run each, into a folder of its own that is gone afterwards. */

import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Bug, TiastreamError } from '../core/errors.js'
import { filesBelow } from '../core/files/entries-below.js'
import { succeeds } from '../core/succeeds.js'
import { openParquet } from '../sinks/parquet/read.js'
import { outside, RowWatch } from './case-expect.js'
import type { Case, CaseFile } from './case-form.js'
import { checkPipeline } from './check/check.js'
import { outcomesOf } from './cohort/outcomes.js'
import { formatProblem, type Problem } from './document/problems.js'
import type { Plan } from './plan/plan-type.js'
import { runPipeline } from './run/run.js'
import type { RunSummary } from './run/run-events.js'
import { isOfCohort } from './store/layout.js'
import { storeOf } from './store/store-of.js'

export interface CaseResult {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** What differs, or what is absent. */
  readonly why: readonly string[]
  readonly seconds: number
}

export interface CaseOptions {
  /** False: a pipeline that names plugins is refused. */
  readonly plugins?: boolean
}

export async function* runCases(file: CaseFile, options: CaseOptions = {}): AsyncGenerator<CaseResult> {
  for (const one of file.cases) {
    const began = performance.now()
    const done = (outcome: CaseResult['outcome'], why: readonly string[]): CaseResult => ({
      name: one.name,
      outcome,
      why,
      seconds: (performance.now() - began) / 1000,
    })
    const absent = await absentOf(one, file)
    if (absent.length > 0) {
      yield done('skipped', [`absent: ${absent.join(', ')}`])
      continue
    }
    const output = await mkdtemp(path.join(tmpdir(), 'tiastream-case-'))
    try {
      const why = await differences(file.pipeline, one, output, options)
      yield done(why.length === 0 ? 'passed' : 'failed', why)
    } finally {
      await rm(output, { recursive: true, force: true })
    }
  }
}

async function absentOf({ needs = [] }: Case, { file }: CaseFile): Promise<readonly string[]> {
  const there = await Promise.all(needs.map((name) => succeeds(access(path.resolve(path.dirname(file), name)))))
  return needs.filter((_, i) => !there[i])
}

async function differences(
  pipeline: string,
  { vars = {}, expect }: Case,
  output: string,
  { plugins = true }: CaseOptions,
): Promise<readonly string[]> {
  const { problems, plan } = await checkPipeline(pipeline, { vars, output, plugins })
  if (expect.problems) return compareProblems(problems, expect.problems)
  if (!plan) return problems.map((problem) => formatProblem(problem))
  const run = await attempt(plan)
  const { summary } = run
  if (!summary) return compareErrors(run.error, expect.error)
  if (expect.error !== undefined) return compareFailures(summary, expect.error)
  const failures = summary.failures.map(({ slide, error }) => `${slide}: ${error.message}`)
  const failed = outside('the number of failed slides', summary.slides.failed, expect.failed)
  const files = await filesOfSlides(output)
  return [
    ...failed,
    ...(failed.length > 0 ? failures : []),
    ...(expect.files ? compareLists('files', files, expect.files.toSorted()) : []),
    ...(expect.columns
      ? compareLists(
          'columns',
          plan.columns.map(({ name }) => name),
          expect.columns,
        )
      : []),
    ...(expect.values || expect.rows ? await compareRows(plan, expect, summary.rows) : []),
  ]
}

/** What a run gives, or the error that ended it. */
async function attempt(plan: Plan) {
  try {
    return { summary: await runPipeline(plan) }
  } catch (error) {
    if (!(error instanceof TiastreamError) || error instanceof Bug) throw error
    return { error }
  }
}

/** A code that is expected may be that of a slide: then a slide has failed with it. */
function compareFailures({ failures }: RunSummary, wanted: string): readonly string[] {
  if (failures.some(({ error }) => error.code === wanted)) return []
  const said = failures.map(({ slide, error }) => `${slide}: ${error.message} [${error.code}]`)
  return [`no slide failed with ${wanted}, and the run came to its end`, ...said]
}

function compareErrors(found: TiastreamError | undefined, wanted: string | undefined): readonly string[] {
  if (found?.code === wanted) return []
  const ended = found ? `the run ended with ${found.code}: ${found.message}` : 'the run ended well'
  return [wanted === undefined ? ended : `${ended}; expected ${wanted}`]
}

function compareProblems(problems: readonly Problem[], wanted: readonly string[]): readonly string[] {
  const lines = problems.map((problem) => formatProblem(problem))
  const same = lines.length === wanted.length && lines.every((line, i) => line.includes(wanted[i]!))
  return same ? [] : [`check says ${lines.length} problems, expected ${wanted.length} with these words: ${wanted.join(' | ')}`, ...lines]
}

function compareLists(what: string, found: readonly string[], wanted: readonly string[]): readonly string[] {
  const same = found.length === wanted.length && found.every((name, i) => name === wanted[i])
  return same ? [] : [`the ${what} are ${found.join(', ')}; expected ${wanted.join(', ')}`]
}

/** Values are read back from the Parquet files the run wrote: what a user gets. */
async function compareRows(plan: Plan, expect: Case['expect'], rows: number): Promise<readonly string[]> {
  if (!plan.sinks.some(({ name }) => name === 'parquet')) {
    return expect.values ? ['values: need a parquet sink to read them back from'] : outside('the number of rows', rows, expect.rows)
  }
  const watch = new RowWatch(expect)
  for await (const table of tablesIn(plan.output)) for await (const row of (await openParquet(table)).rows) watch.see(row)
  return watch.differences()
}

/** The Parquet tables of the slides, whatever their names are: other sinks write files that end so, too. */
export async function* tablesIn(output: string): AsyncGenerator<string> {
  for await (const { files } of (await outcomesOf(await storeOf(output))).each)
    for (const { sink, file } of files) if (sink === 'parquet') yield path.join(output, file)
}

/** Those of the slides: relative, sorted. */
const filesOfSlides = async (output: string): Promise<readonly string[]> =>
  (await filesBelow(output)).filter((file) => !file.startsWith('.tiastream') && !isOfCohort(file))
