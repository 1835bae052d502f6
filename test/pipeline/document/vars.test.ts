// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
import test from 'ava'
import { parseTree } from '../../../src/pipeline/document/document.js'
import { ProblemList } from '../../../src/pipeline/document/problems.js'
import { replaceVars } from '../../../src/pipeline/document/vars.js'
import { plainOf, type YamlMap } from '../../../src/pipeline/document/yaml-node.js'

const replaced = (text: string, vars: Record<string, string> = {}, env: Record<string, string> = {}) => {
  const problems = new ProblemList('p.yml')
  const tree = parseTree(text, problems) as YamlMap
  const value = plainOf(replaceVars(tree, { vars, env }, problems))
  return { value, said: problems.sorted().map((p) => `${p.line}:${p.column} ${p.path} ${p.message}`) }
}

test('the command line wins over the environment, the environment over the default', (t) => {
  const text = 'vars:\n  c: { default: ./a, env: COHORT }\nx: "${c}/*.svs"\n'
  t.deepEqual(replaced(text).value, { x: './a/*.svs' })
  t.deepEqual(replaced(text, {}, { COHORT: '/b' }).value, { x: '/b/*.svs' })
  t.deepEqual(replaced(text, { c: '/c' }, { COHORT: '/b' }).value, { x: '/c/*.svs' })
})

test('a plain scalar that is only a var keeps its type; in quotes it is text', (t) => {
  t.deepEqual(replaced('vars: { n: { default: 64 } }\na: ${n}\nb: "${n}"\nc: ${n} px\n').value, { a: 64, b: '64', c: '64 px' })
  t.deepEqual(replaced('vars: { n: { default: 64 } }\na: ${n}\n', { n: '32' }).value, { a: 32 })
  t.deepEqual(replaced('vars: { n: { default: "064" } }\na: ${n}\n', { n: '032' }).value, { a: '032' })
})

test('the environment is closed but for env:', (t) => {
  const { said } = replaced('a: ${HOME}\n', {}, { HOME: '/root' })
  t.deepEqual(said, ['1:4 a uses ${HOME}, which vars: does not declare: declare it, vars: { HOME: { env: HOME } }'])
})

test('unknown names say what was meant, missing values say where one could come from', (t) => {
  t.deepEqual(replaced('vars: { cohort: { default: x } }\na: [b, "${cohrot}"]\n').said, [
    "2:8 a[1] uses ${cohrot}, which vars: does not declare, did you mean 'cohort'?",
  ])
  t.deepEqual(replaced('vars: { cohort: { default: x } }\n', { cohrt: 'y' }).said, [
    "1:1 vars has no 'cohrt', which --var gives, did you mean 'cohort'?",
  ])
  t.deepEqual(replaced('vars:\n  c: { env: COHORT }\na: ${c}\n').said, [
    '2:3 vars.c has no value: there is no default, nor is COHORT set; give --var c=…',
  ])
  t.deepEqual(replaced('vars:\n  c: { defualt: 1 }\n').said.at(-1), "2:8 vars.c has no option 'defualt', did you mean 'default'?")
})

test('$${ is a literal ${', (t) => {
  t.deepEqual(replaced('vars: { c: x }\na: "$${c} ${c}"\n').value, { a: '${c} x' })
})

test('values are not replaced again: a var cannot smuggle another in', (t) => {
  t.deepEqual(replaced('vars: { a: x, b: secret }\nv: "${a}"\n', { a: '${b}' }).value, { v: '${b}' })
})

test('a name of the object prototype is no var', (t) => {
  t.deepEqual(replaced('a: ${constructor}\n').said, [
    '1:4 a uses ${constructor}, which vars: does not declare: declare it, vars: { constructor: { default: … } }',
  ])
})
