/** `x.test.yml` beside `x.yml`: cases, each with vars for the pipeline and what its run must give. Read with positions, as a pipeline is. */

import path from 'node:path'
import type { Options } from '../core/options.js'
import { readOptions } from './check/check-options.js'
import { readDocument } from './document/document.js'
import { mustHaveNone, ProblemList } from './document/problems.js'
import { entryOf, type YamlNode } from './document/yaml-node.js'
import { caseOptions } from './plan/case-options.js'

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
  mustHaveNone(problems.sorted())
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
