/** A pipeline given as an object, as the tree that a file becomes: so both go through one check. Values are counted where a file has lines. */

import type { Position, ProblemList } from './problems.js'
import type { YamlMap, YamlNode } from './yaml-node.js'
import { documentLimits, isTooLong } from './yaml-walk.js'

/** Entries that are undefined count as not written. Undefined (with problems) when there is what no file could hold, or no end to it. */
export function treeOfObject(pipeline: Readonly<Record<string, unknown>>, problems: ProblemList): YamlMap | undefined {
  const tree = new Walk(problems).node(pipeline, '', 0)
  return problems.any || tree.kind !== 'map' ? undefined : tree
}

class Walk {
  #values = 0
  readonly #problems: ProblemList

  constructor(problems: ProblemList) {
    this.#problems = problems
  }

  node(value: unknown, where: string, depth: number): YamlNode {
    const at = { line: ++this.#values, column: 1 }
    const limit = this.#limit(depth) ?? (isTooLong(value) ? `has more than ${documentLimits.letters} letters` : undefined)
    if (limit !== undefined) return this.#refused('YAML_LIMIT', at, where, limit)
    if (Array.isArray(value)) return { kind: 'list', at, items: value.map((item, i) => this.node(item, `${where}[${i}]`, depth + 1)) }
    if (isPlain(value)) {
      const entries = Object.entries(value).filter(([, inside]) => inside !== undefined)
      const inside = (key: string) => (where === '' ? key : `${where}.${key}`)
      return { kind: 'map', at, entries: entries.map(([key, v]) => ({ key, keyAt: at, value: this.node(v, inside(key), depth + 1) })) }
    }
    if (value === null || value === undefined) return { kind: 'scalar', at, value: null, quoted: false }
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return { kind: 'scalar', at, value, quoted: true }
    const instead = value instanceof URL ? inText(value) : 'options are text, numbers, true, false, lists and plain objects'
    return this.#refused('OPTION_INVALID', at, where, `is ${nameOf(value)}: ${instead}`)
  }

  #limit(depth: number): string | undefined {
    if (depth > documentLimits.depth) return `is nested deeper than ${documentLimits.depth}`
    return this.#values > documentLimits.nodes ? `is more than ${documentLimits.nodes} values` : undefined
  }

  /** Told once: an object may hold itself. */
  #refused(code: string, at: Position, where: string, message: string): YamlNode {
    if (!this.#problems.any) this.#problems.add(code, at, where, message)
    return { kind: 'scalar', at, value: null, quoted: false, broken: true }
  }
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Of another realm, too: in Jest, what structuredClone gives is no Object of the test's.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const inText = ({ protocol }: URL): string => `write ${protocol === 'file:' ? 'fileURLToPath(url)' : 'url.href'}`

const nameOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `an object of ${value.constructor.name}` : `a ${typeof value}`
