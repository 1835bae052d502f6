/** The reference: every source, stage, sink and option as Markdown, from the specs. `docs/reference.md` is its output. */

import { jsonSchemaOf, type OptionsSpec, objectOf } from '../../core/options.js'
import { catalogue, type Owner } from '../../core/owners.js'
import type { AnySinkSpec } from '../../core/sink.js'
import { type Environment, writableStages } from '../environment/environment.js'
import { caseOptions } from './case-options.js'
import { runtimeOptions } from './runtime.js'
import { isNever, type JsonSchema } from './schema.js'

interface Documented {
  readonly name: string
  readonly summary: string
  readonly options: OptionsSpec
  readonly examples: readonly string[]
}

export function reference(environment: Environment): string {
  const { sources, sinks } = environment
  return [
    '# Reference',
    'Made by `tiastream docs` from the specs in the code; a test compares. A pipeline file has `output:`, one input, `stages:` and `sinks:`, and if wanted `about:`, `vars:`, `plugins:` and `runtime:`. A key that begins with `x-` is read by nothing: a place for YAML anchors (`*name` and `<<: *name` are understood). A path that begins with `~/` starts in the home folder.',
    '## Input',
    ...Object.values(sources).map((spec) => part(spec, '')),
    '## Stages',
    'They run in the order in which they are written; each takes what the one before it gives.',
    ...Object.values(writableStages(environment)).map((spec) => part(spec, ` (${spec.from} → ${spec.to})`)),
    '## Sinks',
    'Each writes one file for each slide, below `output:`; `{slide}` in `file` is the id of the slide.',
    ...Object.values(sinks).map(sinkPart),
    '## Runtime',
    `How many of what at once; nothing here can change a row.\n\n${optionTable(runtimeOptions)}`,
    '## Vars',
    varsText,
    '## Tests',
    testsText(),
    '## Errors',
    errorTables(),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

const varsText = `What changes from run to run. \`"\${name}"\` in a value of the pipeline stands for what \`--var name=value\` gives, else the environment variable that \`env\` names, else \`default\`. Only vars that are declared are replaced; \`$\${\` is a literal \`\${\`.

\`\`\`yaml
vars: { slides: { default: ./slides, about: Folder of the slides, env: SLIDES }, n: 16 }   # n: 16 is short for n: { default: 16 }
slides: { glob: "\${slides}/*.svs" }
\`\`\``

const testsText = (): string =>
  [
    'Cases in `x.test.yml` beside `x.yml`. `tiastream test x.yml` runs the pipeline for each, and ends with 1 when one gives something else.',
    optionTable(caseOptions),
    'A range is a number, or `{ min, max }`. Of a column in `values`, `min`, `max`, `mean` and `nulls` are ranges, and so is each value of `counts`; `among` lists the values that there may be.',
    '```yaml\ntests:\n  - name: Tissue is found\n    vars: { n: 5 }\n    expect: { rows: { min: 100 }, values: { tissue: { min: { min: 0.25 } } } }\n```',
  ].join('\n\n')

const owned: Readonly<Record<Owner, string>> = {
  run: 'These end a run: no slide could go on. What is committed stays, and the next run goes on where this one stopped.',
  slide: 'These fail one slide, by name, with a receipt that says why; the others go on, and the run ends with 1.',
  command: 'These are told before anything of a slide begins, or by a command that is no run.',
}

/** Every code with its owner: who can act follows from the family that is told with it. */
function errorTables(): string {
  const table = (owner: Owner) =>
    [
      `${owned[owner]}\n`,
      '| code | told when |',
      '|---|---|',
      ...Object.entries(catalogue[owner]).map(([code, when]) => `| \`${code}\` | ${cell(when)} |`),
    ].join('\n')
  const patch =
    'A patch is never an error of its slide unless `on_error: fail` (the default) makes one of pixels that cannot be read. With `on_error: mark` it is a row with ' +
    '`status` `unreadable`; and when the model says NaN or Infinity for it, a row with `status` `unanswered`. Both have an `error` that says why, and nulls for every answer (of several models, of the one that said nothing).'
  return [...(['run', 'slide', 'command'] as const).map(table), patch].join('\n\n')
}

function part({ name, summary, options, examples }: Documented, kinds: string): string {
  const written = examples.length === 0 ? '' : `\`\`\`yaml\n${examples.join('\n')}\n\`\`\``
  return [`### \`${name}\`${kinds}`, summary, optionTable(options), written].filter((text) => text !== '').join('\n\n')
}

/** With the endings its files may have. */
function sinkPart(spec: AnySinkSpec): string {
  const endings = typeof spec.endings === 'function' ? spec.endings(objectOf(spec.options).parse({})) : (spec.endings ?? [])
  const said = endings.length === 0 ? '' : ` Its files end in ${endings.map((ending) => `\`${ending}\``).join(', ')}.`
  return part({ ...spec, summary: `${spec.summary}${said}` }, '')
}

function optionTable(options: OptionsSpec): string {
  const schema = jsonSchemaOf(options)
  const required = (schema.required ?? []) as readonly string[]
  const rows = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
    .filter(([, property]) => !isNever(property))
    .flatMap(withinOf(required))
    .map(
      ([name, property, isNeeded]) =>
        `| \`${name}\` | ${cell(typeText(property))} | ${defaultText(property, isNeeded)} | ${cell(property.description)} |`,
    )
  return rows.length === 0 ? '' : ['| option | is | default | |', '|---|---|---|---|', ...rows].join('\n')
}

/** An option that has named parts, then those. */
const withinOf =
  (required: readonly string[]) =>
  ([name, property]: readonly [string, JsonSchema]): (readonly [string, JsonSchema, boolean])[] => {
    const parts = Object.entries((property.properties ?? {}) as Record<string, JsonSchema>)
    const needed = (property.required ?? []) as readonly string[]
    return [
      [name, property, required.includes(name)],
      ...parts.map(([part, schema]) => [`${name}.${part}`, schema, needed.includes(part)] as const),
    ]
  }

const cell = (text: unknown): string =>
  String(text ?? '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')

function defaultText(property: JsonSchema, required: boolean): string {
  if (property.default === undefined) return required ? 'required' : ''
  return `\`${cell(typeof property.default === 'string' ? property.default : JSON.stringify(property.default))}\``
}

/** Units that a pattern asks for, by what it ends in. */
const units: readonly (readonly [RegExp, string])[] = [
  [/%/, 'share (`25 %`)'],
  [/px/, 'pixels (`224 px`)'],
  [/GiB/, 'memory (`2 GiB`)'],
  [/tensorrt/, 'GPUs (`cuda:1`, `cuda:0+cuda:1`)'],
]

function typeText(schema: JsonSchema): string {
  const { enum: names, anyOf, type, items, prefixItems, pattern, const: constant } = schema
  if (constant !== undefined) return `\`${String(constant)}\``
  if (Array.isArray(names)) return names.map((name) => `\`${name}\``).join(', ')
  if (Array.isArray(anyOf)) {
    const texts = [...new Set(anyOf.map((branch: JsonSchema) => typeText(branch)))]
    const unit = texts.find((text) => units.some(([, name]) => name === text))
    // `25 %` or 0.25, `224 px` or 224: the bare number goes without saying.
    return texts.filter((text) => !(unit && (text === 'number' || text === 'whole number'))).join(' or ')
  }
  if (type === 'array')
    return Array.isArray(prefixItems)
      ? `[${prefixItems.map((item: JsonSchema) => typeText(item)).join(', ')}]`
      : `list of ${typeText((items ?? {}) as JsonSchema)}`
  if (typeof pattern === 'string') return units.find(([sign]) => sign.test(pattern))?.[1] ?? 'text'
  const plain: Readonly<Record<string, string>> = {
    integer: 'whole number',
    number: 'number',
    boolean: '`true` or `false`',
    string: 'text',
    object: 'map',
  }
  return plain[String(type)] ?? 'value'
}
