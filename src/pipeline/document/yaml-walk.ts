/**
 * From yaml's nodes to ours. The file is untrusted: its nesting and what its aliases unfold to are bounded.
 */

import { isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Range, type Scalar, type YAMLMap } from 'yaml'
import type { Position, ProblemList } from './problems.js'
import type { ScalarValue, YamlEntry, YamlNode } from './yaml-node.js'
import { backslashes, isEscapedPath, quotesNeeded, smartQuoted } from './yaml-words.js'

/** What a pipeline file may be at most; each is far above any real one. */
export const documentLimits = { bytes: 1024 * 1024, nodes: 20_000, depth: 32, letters: 2 ** 16 } as const

/** Of a key or a value: what is looked for in it may take the square of its letters. */
export const isTooLong = (text: unknown): boolean => typeof text === 'string' && text.length > documentLimits.letters
export const tooLong = `a text has more than ${documentLimits.letters} letters`

/** The tree is larger or deeper than it may be. */
export class Limit extends Error {
  readonly at: Position
  constructor(message: string, at: Position) {
    super(message)
    this.at = at
  }
}

/** Where a character stands. */
export const place = (lines: LineCounter, offset: number): Position => {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** Copies yaml's nodes into ours. Aliases unfold here, so the count of nodes is the bound on what they can make. */
export class Walk {
  readonly #anchors = new Map<string, Node>()
  readonly #text: string
  readonly #lines: LineCounter
  readonly #problems: ProblemList
  #nodes = 0
  /** In text that is read by people only. */
  #free = false

  constructor(text: string, lines: LineCounter, problems: ProblemList) {
    this.#text = text
    this.#lines = lines
    this.#problems = problems
  }

  node(node: unknown, parent: Position, depth: number): YamlNode {
    const at = this.#place(node, parent)
    if (++this.#nodes > documentLimits.nodes) {
      throw new Limit(`the file unfolds to more than ${documentLimits.nodes} values (with its aliases)`, at)
    }
    if (depth > documentLimits.depth) throw new Limit(`the nesting is deeper than ${documentLimits.depth}`, at)
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source)
      if (target) return this.node(target, at, depth + 1)
      this.#problems.add('YAML_INVALID', at, '', noAnchor(node.source))
      return { kind: 'scalar', at, value: null, quoted: false, broken: true }
    }
    if (isMap(node)) {
      const placeholder = this.#placeholderIn(node)
      if (placeholder !== undefined) {
        this.#problems.add('YAML_INVALID', at, '', placeholder)
        return { kind: 'scalar', at, value: null, quoted: false, broken: true }
      }
      this.#remember(node)
      return { kind: 'map', at, entries: this.#merged(node.items.map((pair) => this.#entry(pair.key, pair.value, at, depth))) }
    }
    if (isSeq(node)) {
      this.#remember(node)
      return { kind: 'list', at, items: node.items.map((item) => this.node(item, at, depth + 1)) }
    }
    if (isScalar(node)) {
      this.#remember(node)
      const { value, type } = node
      if (isTooLong(value)) throw new Limit(tooLong, at)
      const plain = value === null || ['string', 'number', 'boolean'].includes(typeof value) ? (value as ScalarValue) : String(value)
      const slip = this.#slipIn(node, plain)
      if (slip !== undefined) this.#problems.add('YAML_INVALID', at, '', slip)
      const quoted = type !== undefined && type !== 'PLAIN'
      return { kind: 'scalar', at, value: plain, quoted, ...(slip === undefined ? {} : { broken: true }) }
    }
    return { kind: 'scalar', at, value: null, quoted: false }
  }

  #entry(key: unknown, value: unknown, parent: Position, depth: number): YamlEntry {
    const keyAt = this.#place(key, parent)
    if (isScalar(key) && isTooLong(key.value)) throw new Limit(tooLong, keyAt)
    if (isScalar(key) && typeof key.value === 'string') {
      this.#free = key.value === 'about'
      return { key: key.value, keyAt, value: this.node(value, keyAt, depth + 1) }
    }
    // `0,25` in a map: what stands behind the comma is told as no option.
    const range =
      isScalar(key) && typeof key.value === 'number' && (value === null || (isScalar(value) && value.value === null)) ? key.range : null
    if (range) return { key: this.#text.slice(range[0], range[1]), keyAt, value: { kind: 'scalar', at: keyAt, value: null, quoted: false } }
    this.#problems.add('YAML_INVALID', keyAt, '', 'this key is no text: write it in quotes')
    return {
      key: '',
      keyAt,
      value: { kind: 'scalar', at: keyAt, value: null, quoted: false, broken: true },
    }
  }

  /** `{{ name }}` of other tools is a map with a map for its key. */
  #placeholderIn(node: YAMLMap): string | undefined {
    const key = node.items.length === 1 ? node.items[0]?.key : undefined
    if (!isMap(key) || !key.range) return undefined
    const name = /^\{\s*([\w-]+)\s*\}/.exec(this.#text.slice(key.range[0], key.range[1]))?.[1]
    return name === undefined ? undefined : `{{ ${name} }} is not replaced: write "\${${name}}", and what it is in vars:`
  }

  /** What is YAML by its letters, and meant otherwise. */
  #slipIn({ type, range }: Scalar, value: ScalarValue): string | undefined {
    if (typeof value !== 'string' || !range) return undefined
    if (type === 'PLAIN') {
      const smart = smartQuoted(value, this.#text.slice(range[0]).split('\n', 1)[0]!)
      return smart === undefined ? undefined : quotesNeeded(smart)
    }
    const inside = this.#text.slice(range[0] + 1, range[1] - 1)
    return type === 'QUOTE_DOUBLE' && !this.#free && isEscapedPath(inside) ? backslashes(inside) : undefined
  }

  /** `<<: *a`: the entries of another map, or of several, which those written here win over. */
  #merged(entries: readonly YamlEntry[]): readonly YamlEntry[] {
    const merge = entries.filter(({ key }) => key === '<<')
    if (merge.length === 0) return entries
    const own = entries.filter(({ key }) => key !== '<<')
    for (const { value } of merge) {
      for (const map of value.kind === 'list' ? value.items : [value]) {
        if (map.kind === 'map') own.push(...map.entries.filter(({ key }) => own.every((entry) => entry.key !== key)))
        else if (map.kind !== 'scalar' || !map.broken)
          this.#problems.add('YAML_INVALID', map.at, '', '<<: takes a map, or a list of maps: write <<: *name')
      }
    }
    return own
  }

  #remember(node: Node): void {
    if ('anchor' in node && typeof node.anchor === 'string') this.#anchors.set(node.anchor, node)
  }

  #place(node: unknown, parent: Position): Position {
    const range = (node as { range?: Range | null } | null)?.range
    return range ? place(this.#lines, range[0]) : parent
  }
}

const noAnchor = (name: string): string => (/^[\w-]+$/.test(name) ? `'*${name}' names no anchor above it` : quotesNeeded(`*${name}`))
