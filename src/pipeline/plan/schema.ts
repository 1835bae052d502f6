// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
/** The JSON Schema of pipeline files, made from the specs: what an editor completes and explains from. */

import { jsonSchemaOf, type OptionsSpec } from '../../core/options.js'
import { type Environment, writableStages } from '../environment/environment.js'
import { runtimeOptions } from './runtime.js'

export type JsonSchema = Readonly<Record<string, unknown>>

interface Described {
  readonly summary: string
  readonly options: OptionsSpec
}

/** A scalar with a var in it stands for anything until it is replaced. */
const withVar: JsonSchema = { type: 'string', pattern: '\\$\\{[^{}]+\\}' }

export function pipelineSchema(environment: Environment): JsonSchema {
  const { sources, sinks } = environment
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'tiastream pipeline',
    type: 'object',
    additionalProperties: false,
    patternProperties: { '^x-': { description: 'Nothing reads this: a place for anchors, `x-grid: &grid { size: 224 px }`.' } },
    required: ['output', 'stages', 'sinks'],
    oneOf: Object.keys(sources).map((name) => ({ required: [name] })),
    properties: {
      about: { type: 'string', description: 'What this pipeline is for.' },
      output: {
        type: 'string',
        minLength: 1,
        description: 'Folder of the results, and of the receipts in .tiastream; or an address: s3://bucket/run7/, gs://…, az://….',
      },
      vars: varsSchema,
      plugins: {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        description:
          'Code of others that brings sources, readers, stages and sinks: files, relative to this one, or packages. It runs with all your rights.',
      },
      ...mapped(sources, (spec) => optionsSchema(spec)),
      stages: partsSchema(writableStages(environment), 'What is done, in order.'),
      sinks: partsSchema(sinks, 'What is written for each slide.'),
      runtime: optionsSchema({ summary: 'How many of what at once; nothing here can change a row.', options: runtimeOptions }),
    },
  }
}

const scalar: JsonSchema = { type: ['string', 'number', 'boolean'] }

const varsSchema: JsonSchema = {
  type: ['object', 'null'],
  description: 'Values that `${name}` stands for. The command line (--var) wins over the environment, and that over the default.',
  propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_-]*$' },
  additionalProperties: {
    anyOf: [
      scalar,
      {
        type: 'object',
        additionalProperties: false,
        properties: {
          default: { ...scalar, description: 'The value when none is given.' },
          about: { type: 'string', description: 'What it is, in a sentence.' },
          env: { type: 'string', description: 'Environment variable that may give it.' },
        },
      },
    ],
  },
}

/** A list of names, or maps from one name to its options. */
function partsSchema(specs: Readonly<Record<string, Described>>, description: string): JsonSchema {
  const names = Object.entries(specs).map(([name, { summary }]) => ({ const: name, description: summary }))
  const maps = Object.entries(specs).map(([name, spec]) => ({
    type: 'object',
    description: spec.summary,
    additionalProperties: false,
    required: [name],
    properties: { [name]: { anyOf: [optionsSchema(spec), { type: 'null' }] } },
  }))
  return { type: 'array', minItems: 1, description, items: { anyOf: [...names, ...maps] } }
}

function optionsSchema({ summary, options }: Described): JsonSchema {
  const schema = jsonSchemaOf(options)
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
    // What the plan fills in is not for writing.
    .filter(([, property]) => !isNever(property))
    .map(([name, property]) => [name, orVar(property)])
  return { ...schema, description: summary, properties: Object.fromEntries(properties) }
}

export const isNever = ({ not }: JsonSchema): boolean => typeof not === 'object' && not !== null && Object.keys(not).length === 0

/** The sentence and the default stay on top, where editors look. */
function orVar({ description, default: fallback, ...type }: JsonSchema): JsonSchema {
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [type, withVar],
  }
}

function mapped<T>(record: Readonly<Record<string, T>>, change: (value: T) => JsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}
