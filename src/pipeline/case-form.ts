/** `x.test.yml` beside `x.yml`: cases, each with vars for the pipeline and what its run must give. Read with positions, as a pipeline is. */

import path from 'node:path'
import { list, type Options, range, record, scalar, shape, text } from '../core/options.js'
import { readOptions } from './check/check-options.js'
import { readDocument } from './document/document.js'
import { errorOf, ProblemList } from './document/problems.js'
import { entryOf, type YamlNode } from './document/yaml-node.js'

const expectOptions = {
  rows: range().optional().describe('How many rows all slides have together: a number, or { min, max }.'),
  failed: range().prefault(0).describe('How many slides fail.'),
  files: list(text()).optional().describe('The files there are, below the output folder.'),
  columns: list(text()).optional().describe('The columns of the rows, in order.'),
  values: record(
    shape({
      min: range().optional().describe('The smallest number.'),
      max: range().optional().describe('The largest number.'),
      mean: range().optional().describe('The mean of the numbers.'),
      nulls: range().optional().describe('How many are empty.'),
      among: list(scalar()).optional().describe('Every value is one of these.'),
      counts: record(range()).optional().describe('How often a value is there.'),
    }),
  )
    .optional()
    .describe('By column: what its values must be.'),
  error: text().optional().describe('The code of the error that ends the run or fails a slide, for example `SHAPE_MISMATCH`.'),
  problems: list(text()).optional().describe('What check must say, a piece of each line, in order; then nothing runs.'),
}

const caseOptions = {
  name: text().describe('What the case shows.'),
  vars: record(scalar()).optional().describe('Values for the vars of the pipeline.'),
  needs: list(text()).optional().describe('Files that must be there, relative to this one; else the case is skipped, and says so.'),
  expect: shape(expectOptions).describe('What the run must give.'),
}

export type Expectation = Case['expect']
export type Case = Options<typeof caseOptions>

export interface CaseFile {
  readonly file: string
  /** The pipeline beside it. */
  readonly pipeline: string
  readonly cases: readonly Case[]
}

/** The absolute path of the cases that `file` means, be it theirs or that of the pipeline beside them. */
export function casesFileOf(file: string): string {
  const absolute = path.resolve(file)
  return /\.test\.ya?ml$/.test(absolute) ? absolute : absolute.replace(/\.ya?ml$/, '.test.yml')
}

/** `file` is `x.test.yml`, or the `x.yml` beside it. Throws one PipelineError with every problem. */
export async function readCases(file: string): Promise<CaseFile> {
  const casesFile = casesFileOf(file)
  const problems = new ProblemList(casesFile)
  const tree = await readDocument(casesFile, problems)
  const cases = tree ? casesOf(tree, problems) : []
  const [first, ...rest] = problems.sorted()
  if (first) throw errorOf([first, ...rest])
  return { file: casesFile, pipeline: casesFile.replace(/\.test(\.ya?ml)$/, '$1'), cases }
}

function casesOf(tree: YamlNode, problems: ProblemList): readonly Case[] {
  const tests = entryOf(tree, 'tests')
  const others = tree.kind === 'map' ? tree.entries.filter(({ key }) => key !== 'tests') : []
  for (const { key, keyAt } of others) problems.add('UNKNOWN_OPTION', keyAt, '', `a file of cases has no '${key}', only tests:`)
  if (tests?.value.kind !== 'list' || tests.value.items.length === 0) {
    problems.add('OPTION_MISSING', tests?.keyAt ?? tree.at, '', 'a file of cases needs tests:, a list with a name: and an expect: each')
    return []
  }
  return tests.value.items.flatMap((item, i) => {
    if (item.kind !== 'map') problems.add('OPTION_INVALID', item.at, `tests[${i}]`, 'must be a map with name: and expect:')
    const read =
      item.kind === 'map' ? readOptions({ spec: caseOptions, node: item, at: item.at, where: `tests[${i}]`, problems }) : undefined
    return read ? [read as unknown as Case] : []
  })
}
