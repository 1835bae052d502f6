/** Whether a value is a plugin, in sentences: what a module exports may be anything. */

import { callable, flag, list, type OptionType, oneOf, optionsSpec, shape, text, whole } from '../../core/options.js'
import type { Roles } from '../../core/roles.js'
import type { AnySinkSpec } from '../../core/sink.js'
import type { AnySourceSpec } from '../../core/source.js'
import { parsed } from '../../core/text/parsed.js'
import type { Reader } from '../../readers/format.js'
import type { AnyPluginStage, Plugin } from './plugin.js'

/** As in YAML; `nuclei`, `nuclei-2`. */
const partName = () => text().regex(/^[a-z][a-z0-9_-]*$/i, 'must be letters, digits, - and _')
const kind = () => oneOf('slide', 'patch', 'image', 'batch', 'rows')

const described = {
  name: partName(),
  summary: text(),
  options: optionsSpec(),
  examples: list(text()).default([]),
}

/** Every part of a spec and no other: what a type has and its form does not would be refused. */
type FormOf<Spec> = Readonly<Record<keyof Spec, OptionType>>

const source = shape({
  ...described,
  kind: oneOf('slide', 'tile', 'set'),
  holds: whole().optional(),
  load: callable(),
} satisfies FormOf<AnySourceSpec>)

const stage = shape({
  ...described,
  from: kind(),
  to: kind(),
  placement: oneOf('address', 'pixels', 'model', 'rows'),
  load: callable(),
  alternatives: list(text()).optional(),
  provides: shape({
    ...{ grid: callable().optional(), mask: callable().optional(), pixels: callable().optional(), lookups: callable().optional() },
    ...{ batch: callable().optional(), answers: callable().optional() },
  } satisfies FormOf<Roles>).optional(),
  complete: callable().optional(),
  problems: callable().optional(),
  columns: callable().optional(),
  shapes: callable().optional(),
  wants: callable().optional(),
  files: callable().optional(),
  holds: callable().optional(),
  holdsOnCard: callable().optional(),
  oneForAll: flag().optional(),
} satisfies FormOf<AnyPluginStage>)

const sink = shape({
  ...described,
  options: optionsSpec().refine(({ file }) => file !== undefined, "must have a 'file', the template of its names"),
  file: text(),
  table: text().optional(),
  endings: list(text()).or(callable()).optional(),
  problems: callable().optional(),
  holds: callable().optional(),
  load: callable(),
  count: callable().optional(),
} satisfies FormOf<AnySinkSpec>)

const reader = shape({
  name: partName(),
  is: callable(),
  isFolder: callable().optional(),
  isFolderOf: callable().optional(),
  isUnlisted: callable().optional(),
  parts: callable().optional(),
  load: callable(),
} satisfies FormOf<Reader>)

const plugin = shape({
  name: text(),
  version: text(),
  module: text().optional(),
  sources: list(source).optional(),
  readers: list(reader).optional(),
  stages: list(stage).optional(),
  sinks: list(sink).optional(),
} satisfies FormOf<Plugin>)

const placements: Readonly<Record<string, readonly string[]>> = {
  address: ['slide patch', 'patch patch'],
  pixels: ['patch image', 'image image', 'image batch', 'batch batch'],
  model: ['batch batch', 'batch rows'],
  rows: ['rows rows'],
}

/** What is wrong with a plugin, one sentence each, with its place: `stages[0].from: …`. None for one that can be used. */
export function pluginProblems(value: unknown): readonly string[] {
  const found = parsed(plugin, value)
  if ('problems' in found) return found.problems
  const misplaced = (value as Plugin).stages?.flatMap(({ from, to, placement }, i) =>
    placements[placement]!.includes(`${from} ${to}`)
      ? []
      : [
          `stages[${i}].placement: '${placement}' is for ${placements[placement]!.map((way) => way.replace(' ', ' → ')).join(' or ')}, not for ${from} → ${to}`,
        ],
  )
  return misplaced ?? []
}
