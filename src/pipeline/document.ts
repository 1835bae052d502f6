/**
 * A YAML file as a tree that knows where everything stands: yaml's only doorway in the pipeline.
 * The file is untrusted: its size, its nesting and what its aliases unfold to are bounded.
 */

import { readFile, stat } from 'node:fs/promises'
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, parse as parseYaml, type Range } from 'yaml'
import type { Position, ProblemList } from './problems.js'

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
  /** Its value is already known to be wrong (an unknown var): nothing more is said about it. */
  readonly broken?: boolean
}

/** What a pipeline file may be at most; each is far above any real one. */
export const documentLimits = { bytes: 1024 * 1024, nodes: 20_000, depth: 32 } as const

/** Reads and parses; undefined (with problems) when there is no tree to look at. */
export async function readDocument(file: string, problems: ProblemList): Promise<YamlNode | undefined> {
  const start = { line: 1, column: 1 }
  let text: string
  try {
    const { size } = await stat(file)
    if (size > documentLimits.bytes) {
      problems.add('FILE_TOO_LARGE', start, '', `this file has ${size} bytes; a pipeline has at most ${documentLimits.bytes}`)
      return undefined
    }
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'this is a folder, not a pipeline file' : message
    problems.add(code === 'ENOENT' ? 'FILE_MISSING' : 'FILE_UNREADABLE', start, '', why)
    return undefined
  }
  return parseTree(text, problems)
}

/** The tree of a YAML text. Duplicate keys, unknown tags and syntax errors are problems. */
export function parseTree(text: string, problems: ProblemList): YamlNode | undefined {
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false, version: '1.2' })
    const faults = [...document.errors, ...document.warnings]
    for (const { code, pos, message } of faults) problems.add('YAML_INVALID', place(lines, pos[0]), '', inWords(code, message))
    if (faults.length > 0) return undefined
    return new Walk(lines, problems).node(document.contents, { line: 1, column: 1 }, 0)
  } catch (cause) {
    if (cause instanceof Limit) {
      problems.add('YAML_LIMIT', cause.at, '', cause.message)
    } else {
      // The parser recurses: thousands of opening brackets end its stack.
      const why = cause instanceof RangeError ? 'the nesting is too deep' : (cause as Error).message
      problems.add('YAML_INVALID', { line: 1, column: 1 }, '', why)
    }
    return undefined
  }
}

/** A value given as text outside of the file (`--var size=64`), read as a plain YAML scalar: a number, a flag or the text itself. */
export function parseScalar(text: string): ScalarValue {
  try {
    const value: unknown = parseYaml(text)
    if (value === null || ['number', 'boolean'].includes(typeof value)) return value as ScalarValue
  } catch {
    // Not a YAML scalar (`*.svs`): it stays the text it is.
  }
  return text
}

class Limit extends Error {
  readonly at: Position
  constructor(message: string, at: Position) {
    super(message)
    this.at = at
  }
}

const place = (lines: LineCounter, offset: number): Position => {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

function inWords(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key is there twice'
  if (code === 'MULTIPLE_DOCS') return 'this starts a second document; a pipeline file holds one'
  return `this is no YAML: ${message.split('\n', 1)[0]}`
}

/** Copies yaml's nodes into ours. Aliases unfold here, so the count of nodes is the bound on what they can make. */
class Walk {
  readonly #anchors = new Map<string, Node>()
  readonly #lines: LineCounter
  readonly #problems: ProblemList
  #nodes = 0

  constructor(lines: LineCounter, problems: ProblemList) {
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
      this.#problems.add('YAML_INVALID', at, '', `'*${node.source}' names no anchor above it`)
      return { kind: 'scalar', at, value: null, quoted: false }
    }
    if (isMap(node)) {
      this.#remember(node)
      return { kind: 'map', at, entries: node.items.map((pair) => this.#entry(pair.key, pair.value, at, depth)) }
    }
    if (isSeq(node)) {
      this.#remember(node)
      return { kind: 'list', at, items: node.items.map((item) => this.node(item, at, depth + 1)) }
    }
    if (isScalar(node)) {
      this.#remember(node)
      const { value, type } = node
      const plain = value === null || ['string', 'number', 'boolean'].includes(typeof value) ? (value as ScalarValue) : String(value)
      return { kind: 'scalar', at, value: plain, quoted: type !== undefined && type !== 'PLAIN' }
    }
    return { kind: 'scalar', at, value: null, quoted: false }
  }

  #entry(key: unknown, value: unknown, parent: Position, depth: number): YamlEntry {
    const keyAt = this.#place(key, parent)
    if (!isScalar(key) || typeof key.value !== 'string') this.#problems.add('YAML_INVALID', keyAt, '', 'this key is no text')
    return { key: isScalar(key) ? String(key.value) : '', keyAt, value: this.node(value, keyAt, depth + 1) }
  }

  #remember(node: Node): void {
    if ('anchor' in node && typeof node.anchor === 'string') this.#anchors.set(node.anchor, node)
  }

  #place(node: unknown, parent: Position): Position {
    const range = (node as { range?: Range | null } | null)?.range
    return range ? place(this.#lines, range[0]) : parent
  }
}

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
