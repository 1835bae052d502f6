/** What the output folder remembers of the plan that filled it, so that a difference can be said in words. */

import type { Plan } from './plan-type.js'

/** Everything that can change a row or a file, as plain data. */
export function stateOf(plan: Plan): unknown {
  return {
    fingerprint: plan.provenance.fingerprint,
    tiastream: plan.provenance.tiastreamVersion,
    schema: plan.provenance.schemaVersion,
    source: { name: plan.source.name },
    stages: plan.stages.map(({ name, options }) => ({ [name]: options })),
    models: Object.fromEntries(Object.entries(plan.cards).map(([name, { sha256 }]) => [name, sha256])),
    sinks: plan.sinks,
  }
}

/** The first few differences between two states: `stages[1].mask.keep: 0.25, was 0`. */
export function sayDifference(was: unknown, is: unknown): string {
  const known = flatten(was)
  const wanted = flatten(is)
  const names = [...new Set([...known.keys(), ...wanted.keys()])].filter(
    (name) => known.get(name) !== wanted.get(name) && name !== 'fingerprint',
  )
  if (names.length === 0) return 'the source or the code of a rows module differs'
  const said = names.slice(0, 4).map((name) => `${name}: ${wanted.get(name) ?? 'none'}, was ${known.get(name) ?? 'none'}`)
  return said.join('; ') + (names.length > 4 ? ` and ${names.length - 4} more` : '')
}

function flatten(value: unknown, name = '', into = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      flatten(inner, Array.isArray(value) ? `${name}[${key}]` : name === '' ? key : `${name}.${key}`, into)
    }
  } else into.set(name, JSON.stringify(value))
  return into
}
