import test from 'ava'
import { parseTree, readDocument } from '../../../src/pipeline/document/document.js'
import { ProblemList } from '../../../src/pipeline/document/problems.js'
import { nodeAt, plainOf } from '../../../src/pipeline/document/yaml-node.js'
import { documentLimits } from '../../../src/pipeline/document/yaml-walk.js'

const parsed = (text: string) => {
  const problems = new ProblemList('p.yml')
  const tree = parseTree(text, problems)
  return { tree, said: problems.sorted().map((p) => `${p.line}:${p.column} ${p.code} ${p.message}`) }
}

test('every value and every key knows its line and column', (t) => {
  const { tree } = parsed('output: ./out\nstages:\n  - grid: { size: 224 px }\n  - merge\n')
  t.deepEqual(plainOf(tree!), { output: './out', stages: [{ grid: { size: '224 px' } }, 'merge'] })
  t.deepEqual(nodeAt(tree!, ['stages', 0, 'grid', 'size']).at, { line: 3, column: 19 })
  t.deepEqual(nodeAt(tree!, ['stages', 1]).at, { line: 4, column: 5 })
})

test('duplicate keys, unknown tags, loose aliases and second documents are refused where they stand', (t) => {
  t.deepEqual(parsed('a: 1\na: 2\n').said, ["2:1 YAML_INVALID 'a' is there twice, first in line 1: take one away"])
  t.regex(parsed('a: !secret x\n').said[0]!, /^1:4 YAML_INVALID write "!secret x": quotes are needed/)
  t.deepEqual(parsed('a: *b\n').said, ["1:4 YAML_INVALID '*b' names no anchor above it"])
  t.deepEqual(parsed('a: 1\n---\nb: 2\n').said, [
    '2:1 YAML_INVALID this starts a second document; a pipeline file holds one: take the --- away',
  ])
  t.deepEqual(parsed('1: a\n').said, ['1:1 YAML_INVALID this key is no text: write it in quotes'])
})

test('an alias is the value it names', (t) => {
  t.deepEqual(plainOf(parsed('a: &x { b: 1 }\nc: *x\n').tree!), { a: { b: 1 }, c: { b: 1 } })
})

test('aliases that multiply to a billion values stop at the limit', (t) => {
  const laughs = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 9; i++)
    laughs.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    )
  const { tree, said } = parsed(laughs.join('\n'))
  t.is(tree, undefined)
  t.regex(said.join(), new RegExp(`YAML_LIMIT the file unfolds to more than ${documentLimits.nodes} values`))
})

test('an alias of itself and nesting without end are refused', (t) => {
  t.regex(parsed('a: &z [*z]\n').said.join(), /YAML_LIMIT the nesting is deeper than 32/)
  t.is(parsed('['.repeat(200_000)).tree, undefined)
  t.is(parsed(`a: ${'['.repeat(40)}${']'.repeat(40)}`).tree, undefined)
})

test('a file that is missing, a folder or no UTF-8 is one problem', async (t) => {
  for (const [file, code] of [
    ['no-such-file.yml', 'FILE_MISSING'],
    ['.', 'FILE_UNREADABLE'],
    [process.execPath, 'FILE_TOO_LARGE'],
  ] as const) {
    const problems = new ProblemList(file)
    t.is(await readDocument(file, problems), undefined)
    t.deepEqual(
      problems.sorted().map((p) => p.code),
      [code],
    )
  }
})
