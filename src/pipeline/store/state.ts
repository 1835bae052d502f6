/** What the output folder remembers of the plan that filled it, so that a difference can be said in words. */

import { answersOf, canonical, columnContent, sourceContent } from '../plan/fingerprint.js'
import type { Plan } from '../plan/plan-type.js'

/** Everything that can change a row or a file, as plain data. */
export function stateOf(plan: Plan): unknown {
  return {
    fingerprint: plan.provenance.fingerprint,
    tiastream: plan.provenance.tiastreamVersion,
    schema: plan.provenance.schemaVersion,
    source: plain(sourceContent(plan.source)),
    stages: plan.stages.map(({ name, options }) => ({ [name]: options })),
    models: Object.fromEntries(Object.entries(plan.cards).map(([name, { sha256 }]) => [name, sha256])),
    sinks: plan.sinks,
    plugins: Object.fromEntries(plan.plugins.map(({ name, version, sha256 }) => [name, `${version} (${sha256.slice(0, 12)})`])),
    cards: plain(Object.fromEntries(Object.entries(plan.cards).map(([name, card]) => [name, answersOf(card)]))),
    columns: plain(Object.fromEntries(plan.mergedColumns.map((column) => [column.name, columnContent(column)]))),
  }
}

/** As it is when it was written and read again: tables of bytes are one text. */
const plain = (value: unknown): unknown => JSON.parse(canonical(value))

/** What versions before did not write down: without it nothing is known of how it was. */
const isNew = (name: string): boolean => ['cards', 'columns', 'source.options'].some((part) => name.startsWith(`${part}.`))

/** The first few differences between two states: `stages[1].mask.keep: 0.25, was 0`. */
export function sayDifference(was: unknown, is: unknown): string {
  const [before, now] = [stagesIn(was), stagesIn(is)]
  const isSame = before.map(nameOf).join() === now.map(nameOf).join()
  const stages = isSame ? [] : sayStages(before.map(nameOf), now.map(nameOf))
  const isOld = (was as { readonly columns?: unknown } | null)?.columns === undefined
  const known = flatten(isSame ? was : byName(was, is))
  const wanted = flatten(isSame ? is : byName(is, was))
  const names = [...new Set([...known.keys(), ...wanted.keys()])].filter(
    (name) => known.get(name) !== wanted.get(name) && !['fingerprint', 'worked'].includes(name) && !(isOld && isNew(name)),
  )
  if (names.length + stages.length === 0) return `the code of ${modulesIn(wanted)} differs`
  const said = [...stages, ...names.map((name) => `${name}: ${wanted.get(name) ?? 'none'}, was ${known.get(name) ?? 'none'}`)]
  return said.slice(0, 4).join('; ') + (said.length > 4 ? ` and ${said.length - 4} more` : '')
}

type Stage = Readonly<Record<string, unknown>>

const nameOf = (stage: Stage): string => Object.keys(stage)[0] ?? ''

function stagesIn(state: unknown): readonly Stage[] {
  const { stages } = (state ?? {}) as { readonly stages?: unknown }
  return Array.isArray(stages) ? stages : []
}

function sayStages(before: readonly string[], now: readonly string[]): readonly string[] {
  const said = [
    ...without(now, before).map((name) => `the stage ${name} is new`),
    ...without(before, now).map((name) => `the stage ${name} is gone`),
  ]
  return said.length > 0 ? said : [`the stages are in another order: ${now.join(', ')}`]
}

/** Those that are more often in one list than in the other. */
function without(names: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others]
  return names.filter((name) => {
    const at = left.indexOf(name)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/** By name the stages and cards that both have, since one that is put between others moves all behind it; what columns there are follows from the stages. */
function byName(state: unknown, other: unknown): unknown {
  const { columns, ...rest } = state as { readonly columns?: unknown }
  const names = stagesIn(other).map(nameOf)
  const asked = cardsIn(other)
  return {
    ...rest,
    stages: Object.assign({}, ...stagesIn(state).filter((stage) => names.includes(nameOf(stage)))),
    cards: Object.fromEntries(Object.entries(cardsIn(state)).filter(([name]) => Object.hasOwn(asked, name))),
  }
}

const cardsIn = (state: unknown): object => (state as { readonly cards?: object }).cards ?? {}

/** What is left that counts and is not written down: the content of the user's code. */
function modulesIn(wanted: ReadonlyMap<string, string>): string {
  const named = [...wanted].filter(([name]) => name.endsWith('.module')).map(([, file]) => JSON.parse(file) as string)
  return named.length === 0 ? 'a rows module' : [...new Set(named)].join(' or ')
}

/** Deeper than this nobody has written it. */
const deepest = 64

function flatten(value: unknown, name = '', into = new Map<string, string>(), depth = 0): Map<string, string> {
  if (depth > deepest) into.set(name, '…')
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      flatten(inner, Array.isArray(value) ? `${name}[${key}]` : name === '' ? key : `${name}.${key}`, into, depth + 1)
    }
  } else into.set(name, JSON.stringify(value))
  return into
}
