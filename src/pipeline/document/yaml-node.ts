/** What a YAML text holds, as a tree that knows where everything stands, and ways to look into it. */

import type { Position } from './problems.js'

export type YamlNode = YamlMap | YamlList | YamlScalar

export interface YamlMap {
  readonly kind: 'map'
  readonly at: Position
  readonly entries: readonly YamlEntry[]
}

export interface YamlEntry {
  readonly key: string
  readonly keyAt: Position
  readonly value: YamlNode
}

export interface YamlList {
  readonly kind: 'list'
  readonly at: Position
  readonly items: readonly YamlNode[]
}

export type ScalarValue = string | number | boolean | null

export interface YamlScalar {
  readonly kind: 'scalar'
  readonly at: Position
  readonly value: ScalarValue
  /** Written in quotes: always text. */
  readonly quoted: boolean
  /** In quotes, and nothing but a var that is no text: what that is, for an option that takes no text. */
  readonly typed?: ScalarValue
  /** Its value is already known to be wrong (an unknown var): nothing more is said about it. */
  readonly broken?: boolean
}

/** `x-…` beside the sections: a place for anchors, which nothing reads. */
export const isOwn = (key: string): boolean => key.startsWith('x-')

export const textOf = (node: YamlNode): string | undefined =>
  node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined

/** Nothing stands behind the key, or `null`. */
export const isEmpty = (node: YamlNode): boolean => node.kind === 'scalar' && node.value === null

/** The value of a key of a map. */
export function entryOf(node: YamlNode | undefined, key: string): YamlEntry | undefined {
  return node?.kind === 'map' ? node.entries.find((entry) => entry.key === key) : undefined
}

/** The tree as plain values. A key named `__proto__` stays a key. */
export function plainOf(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plainOf)
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainOf(value)]))
}

/** With what a scalar is in place of its text, at these. */
export function typedAt<T extends YamlNode>(node: T, places: ReadonlySet<YamlNode>): T {
  if (node.kind === 'scalar') return places.has(node) ? { ...node, value: node.typed! } : node
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => typedAt(item, places)) }
  return { ...node, entries: node.entries.map((entry) => ({ ...entry, value: typedAt(entry.value, places) })) }
}

/** The deepest node along a path of keys and indices that is there. */
export function nodeAt(node: YamlNode, path: readonly PropertyKey[]): YamlNode {
  let here = node
  for (const step of path) {
    const next = here.kind === 'list' ? here.items[Number(step)] : entryOf(here, String(step))?.value
    if (!next) break
    here = next
  }
  return here
}
