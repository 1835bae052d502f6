/** The reference: every source, stage, sink and option as Markdown, from the specs. `docs/reference.md` is its output. */

import { jsonSchemaOf, type OptionsSpec } from '../core/options.js'
import { type Registries, writableStages } from './registries.js'
import { runtimeOptions } from './runtime.js'
import { isNever, type JsonSchema } from './schema.js'

interface Documented {
  readonly name: string
  readonly summary: string
  readonly options: OptionsSpec
  readonly examples: readonly string[]
}

export function reference(registries: Registries): string {
  const { sources, sinks } = registries
  return [
    '# Reference',
    'Made by `tiastream docs` from the specs in the code; a test compares. A pipeline file has `output:`, one input, `stages:` and `sinks:`, and if wanted `about:`, `vars:` and `runtime:`.',
    '## Input',
    ...Object.values(sources).map((spec) => part(spec, '')),
    '## Stages',
    'They run in the order in which they are written; each takes what the one before it gives.',
    ...Object.values(writableStages(registries)).map((spec) => part(spec, ` (${spec.from} → ${spec.to})`)),
    '## Sinks',
    'Each writes one file for each slide, below `output:`; `{slide}` in `file` is the id of the slide.',
    ...Object.values(sinks).map((spec) => part(spec, '')),
    '## Runtime',
    `How many of what at once; nothing here can change a row.\n\n${optionTable(runtimeOptions)}`,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

function part({ name, summary, options, examples }: Documented, kinds: string): string {
  const written = examples.length === 0 ? '' : `\`\`\`yaml\n${examples.join('\n')}\n\`\`\``
  return [`### \`${name}\`${kinds}`, summary, optionTable(options), written].filter((text) => text !== '').join('\n\n')
}

function optionTable(options: OptionsSpec): string {
  const schema = jsonSchemaOf(options)
  const required = (schema.required ?? []) as readonly string[]
  const rows = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
    .filter(([, property]) => !isNever(property))
    .map(
      ([name, property]) =>
        `| \`${name}\` | ${cell(typeText(property))} | ${defaultText(property, required.includes(name))} | ${cell(property.description)} |`,
    )
  return rows.length === 0 ? '' : ['| option | is | default | |', '|---|---|---|---|', ...rows].join('\n')
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
