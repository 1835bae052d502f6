/** Texts nested so deep that the parser would end its stack, and texts that only look so. */

import test from 'ava'
import { tooDeepAt } from '../../../src/core/text/yaml-depth.js'
import { parseYaml } from '../../../src/models/card/yaml.js'
import { parseTree } from '../../../src/pipeline/document/document.js'
import { ProblemList } from '../../../src/pipeline/document/problems.js'

const many = 100_000
const deep: Readonly<Record<string, string>> = {
  'lists that are not closed': '['.repeat(many),
  'lists that are closed': '['.repeat(many) + ']'.repeat(many),
  'lists behind a key': `output: ${'['.repeat(many)}`,
  'maps in a line': '{a: '.repeat(many),
  'lists and maps': '[{a: '.repeat(many),
  'brackets one a line': '[\n'.repeat(many),
  dashes: '- '.repeat(many),
  'question marks': '? '.repeat(many),
  'dashes, tabs between them': '-\t'.repeat(many),
  'maps one below the other': Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
  'dashes one below the other': Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}-`).join('\r\n'),
  'brackets within blocks': `${Array.from({ length: 150 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')} ${'['.repeat(150)}`,
}

for (const [title, text] of Object.entries(deep)) {
  test(`told by name, in one problem: ${title}`, (t) => {
    const problems = new ProblemList('p.yml')
    t.is(parseTree(text, problems), undefined)
    t.deepEqual(
      problems.sorted().map(({ code, message }) => [code, message]),
      [['YAML_LIMIT', 'the nesting is deeper than 32']],
    )
  })
}

test('long and wide is not deep', (t) => {
  const lines = Array.from({ length: 5000 }, (_, i) => `${' '.repeat(i % 7)}- { a: [1, "[", 2], b: '{' }`)
  t.is(tooDeepAt(lines.join('\n').replaceAll(`"["`, '"x"').replaceAll(`'{'`, "'y'")), null)
  t.is(tooDeepAt('[ ]\n'.repeat(5000)), null)
  t.is(tooDeepAt('- - a\n'.repeat(5000)), null)
  t.is(tooDeepAt(`text: "${'[]'.repeat(5000)}"`), null)
  t.is(tooDeepAt(''), null)
})

test('longer keys and texts than anybody writes are told so, and keys that are there twice, soon', (t) => {
  const twice = 'a:\n'.repeat(2000)
  const long = 'a'.repeat(many)
  for (const text of [`a: ${long}`, `"a": "${long}"`, `a: |\n  ${long}`, `[${long}]`]) {
    const problems = new ProblemList('p.yml')
    t.is(parseTree(text, problems), undefined)
    t.deepEqual([problems.sorted().length, problems.sorted()[0]?.code], [1, 'YAML_LIMIT'], text.slice(0, 9))
  }
  t.throws(() => parseYaml(twice, 'model.yml'), { code: 'CARD_INVALID', message: /model.yml:2:1 .*must be unique/ })
  // Classes by number, as many as there are (ImageNet-21k).
  t.is(Object.keys(parseYaml(`{${Array.from({ length: 12_000 }, (_, i) => i).join()}}`, 'model.yml') as object).length, 12_000)
  const some = new ProblemList('p.yml')
  t.is(parseTree(twice, some), undefined)
  t.is(some.sorted().length, 20)
})
