// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
/** Whatever stands in a pipeline file, check answers with problems: it never throws, and it never takes long. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { packageRoot } from '../../../src/core/package-root.js'
import { checkKinds } from '../../../src/pipeline/check/check-kinds.js'
import { readShape } from '../../../src/pipeline/check/check-shape.js'
import { parseTree } from '../../../src/pipeline/document/document.js'
import { formatProblems, ProblemList } from '../../../src/pipeline/document/problems.js'
import { replaceVars } from '../../../src/pipeline/document/vars.js'
import { defaultEnvironment } from '../../../src/pipeline/environment/default.js'

const quickstart = readFileSync(path.join(packageRoot, 'pipelines/quickstart.yml'), 'utf8')

/** Everything of check that does not touch the disk. */
function said(text: string): string {
  const problems = new ProblemList('p.yml')
  const tree = parseTree(text, problems)
  if (tree?.kind === 'map') {
    const document = replaceVars(tree, { vars: {}, env: {} }, problems)
    checkKinds(readShape(document, defaultEnvironment, problems), defaultEnvironment, problems)
  }
  return formatProblems(problems.sorted(), '/')
}

const pieces = [
  '&a',
  '*a',
  '!!binary',
  '__proto__',
  'constructor: ',
  '? ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ': ',
  '"',
  "'",
  '\n',
  '\t',
  '|',
  '>-',
  '${',
  '${slides}',
  '<<: *a',
  '0x7f',
  '.inf',
  '.nan',
  '1e999',
  '~',
  '#',
  '%',
  '\u0000',
  '\ud800',
  '---\n',
]

test('mutated pipelines give problems or none, never an exception', (t) => {
  const mutation = fc.record({
    at: fc.nat(quickstart.length),
    cut: fc.nat(12),
    piece: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })),
  })
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
      const text = mutations.reduce((so, { at, cut, piece }) => so.slice(0, at) + piece + so.slice(at + cut), quickstart)
      t.is(typeof said(text), 'string')
    }),
    { numRuns: 400 },
  )
})

test('names of the object prototype are no stages, sinks, keys or options', (t) => {
  const text =
    'output: o\nslides: { glob: x, __proto__: 1 }\nstages: [constructor, toString: {}, grid: { hasOwnProperty: 1 }]\nsinks: [__proto__]\nvalueOf: 1\n'
  const lines = said(text)
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) t.regex(lines, new RegExp(`'${name}'`), name)
})
