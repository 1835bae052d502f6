// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
/** Every example of every spec parses, and the JSON Schema knows it. What the docs show works. */

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import test from 'ava'
import { readOptions } from '../src/pipeline/check/check-options.js'
import { parseTree } from '../src/pipeline/document/document.js'
import { ProblemList } from '../src/pipeline/document/problems.js'
import { entryOf, plainOf, type YamlMap } from '../src/pipeline/document/yaml-node.js'
import { defaultEnvironment } from '../src/pipeline/environment/default.js'
import { setStage } from '../src/pipeline/environment/environment.js'
import { pipelineSchema } from '../src/pipeline/plan/schema.js'

const valid: ValidateFunction = new Ajv2020({ allowUnionTypes: true, strictTypes: false, strictRequired: false }).compile(
  pipelineSchema(defaultEnvironment),
)

const rest = { output: 'out', slides: { glob: '*.svs' }, stages: ['merge'], sinks: ['csv'] }
const kinds = { sources: defaultEnvironment.sources, stages: defaultEnvironment.stages, sinks: defaultEnvironment.sinks }

for (const [kind, specs] of Object.entries(kinds)) {
  for (const [name, spec] of Object.entries(specs)) {
    test(`${kind}: ${name} has its name, a sentence for itself and each option, and examples that parse`, (t) => {
      t.is(spec.name, name)
      t.regex(spec.summary, /\.$/)
      t.true(spec.examples.length > 0)
      for (const [option, type] of Object.entries(spec.options)) {
        const { description } = type as { description?: string }
        if (kind === 'stages' && (type as { type?: string }).type === 'optional' && description === undefined) continue
        t.regex(description ?? '', /\S{2}/, `${name}.${option} has no sentence`)
      }
      for (const example of spec.examples) {
        const problems = new ProblemList(name)
        const tree = parseTree(example, problems)!
        const value = tree.kind === 'map' ? entryOf(tree, name)?.value : undefined
        t.true(tree.kind === 'map' ? value !== undefined : tree.kind === 'scalar' && tree.value === name, example)
        const options = value?.kind === 'map' ? (value satisfies YamlMap) : null
        t.truthy(readOptions({ spec: spec.options, node: options, at: tree.at, where: name, problems }), example)
        t.deepEqual(problems.sorted(), [], example)
        if (name === setStage) continue
        const part = plainOf(tree)
        const { slides, ...without } = rest
        const document = kind === 'sources' ? { ...without, ...(part as object) } : { ...rest, slides, [kind]: [part] }
        t.true(valid(document), `${example}: ${JSON.stringify(valid.errors)}`)
      }
    })
  }
}

test('the schema refuses what check refuses', (t) => {
  for (const wrong of [
    { ...rest, extra: 1 },
    { ...rest, tiles: { glob: 'x' } },
    { ...rest, stages: ['merg'] },
    { ...rest, stages: [{ grid: { sise: 3 } }] },
    { ...rest, sinks: [] },
    { ...rest, runtime: { lanes: 0 } },
    { ...rest, output: '' },
  ]) {
    t.false(valid(wrong), JSON.stringify(wrong))
  }
  t.true(valid(rest))
  t.true(valid({ ...rest, stages: [{ grid: { size: '${size}' } }, { merge: null }] }))
})
