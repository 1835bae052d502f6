/**
 * A YAML file as a tree that knows where everything stands: yaml's only doorway in the pipeline.
 * The file is untrusted: its size, its nesting and what its aliases unfold to are bounded.
 */

import { open, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  parse as parseYaml,
  type Range,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import { tooDeepAt } from '../../core/yaml-depth.js'
import { didYouMean } from './did-you-mean.js'
import { kindOf, textOfFile } from './file-text.js'
import type { Position, ProblemList } from './problems.js'
import { hardSpaces } from './yaml-foreign.js'
import { slipsOf } from './yaml-slips.js'
import { backslashes, isEscapedPath, quotesNeeded, smartQuoted } from './yaml-words.js'

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
      const kind = await kindOfFile(file)
      const is = kind === undefined ? '' : `is ${kind}: it `
      problems.add('FILE_TOO_LARGE', start, '', `this file ${is}has ${size} bytes; a pipeline has at most ${documentLimits.bytes}`)
      return undefined
    }
    const found = textOfFile(await readFile(file))
    if ('is' in found) {
      problems.add('FILE_UNREADABLE', start, '', found.is)
      return undefined
    }
    text = found.text
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') {
      problems.add('FILE_MISSING', start, '', `there is no such file${await beside(file)}`)
      return undefined
    }
    problems.add('FILE_UNREADABLE', start, '', unreadable[code ?? ''] ?? message)
    return undefined
  }
  return parseTree(text, problems)
}

/** A file of nearly this name. */
async function beside(file: string): Promise<string> {
  const names = await readdir(path.dirname(file)).catch(() => [])
  const yaml = names.filter((name) => /\.ya?ml$/i.test(name))
  const stem = path.basename(file).replace(/\.ya?ml$/i, '')
  const same = yaml.find((name) => name.replace(/\.ya?ml$/i, '') === stem)
  return same === undefined ? didYouMean(path.basename(file), yaml) : `, did you mean '${same}'?`
}

const unreadable: Readonly<Record<string, string>> = {
  EISDIR: 'this is a folder, not a pipeline file',
  EACCES: 'this file may not be read (permissions)',
  EPERM: 'this file may not be read (permissions)',
}

async function kindOfFile(file: string): Promise<string | undefined> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0)
    return kindOf(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

/** The tree of a YAML text. Duplicate keys, unknown tags and syntax errors are problems. */
export function parseTree(text: string, problems: ProblemList): YamlNode | undefined {
  const deep = tooDeepAt(text)
  if (deep !== null) {
    problems.add('YAML_LIMIT', deep, '', `the nesting is deeper than ${documentLimits.depth}`)
    return undefined
  }
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false, version: '1.2' })
    const faults = faultsOf(document, text, lines)
    for (const { message, ...at } of faults) problems.add('YAML_INVALID', at, '', message)
    if (faults.length > 0) return undefined
    return new Walk(text, lines, problems).node(document.contents, { line: 1, column: 1 }, 0)
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
  if (tooDeepAt(text) !== null) return text
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

interface Fault extends Position {
  readonly message: string
}

/** What the parser refuses: each cause, or its first words where none is known. A key that is there twice is a cause by itself. */
function faultsOf(document: Document.Parsed, text: string, lines: LineCounter): readonly Fault[] {
  const { errors, warnings } = document
  const found = [...errors, ...warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED')]
  const twice = found.filter(({ code }) => code === 'DUPLICATE_KEY')
  const others = found.filter(({ code }) => code !== 'DUPLICATE_KEY')
  const spaces = hardSpaces(text)
  if (spaces.length > 0) return spaces.slice(0, 1)
  if (others.length === 0) return twice.map(({ pos }) => ({ ...place(lines, pos[0]), message: twiceInWords(document, pos[0], lines) }))
  const slips = slipsOf(text)
  if (slips.length > 0) return slips.map(({ line, column, message }) => ({ line, column, message }))
  const { code, pos, message } = others.reduce((first, other) => (other.pos[0] < first.pos[0] ? other : first))
  return [{ ...place(lines, pos[0]), message: inWords(code, message) }]
}

function inWords(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'this starts a second document; a pipeline file holds one: take the --- away'
  return `this is no YAML: ${message.split('\n', 1)[0]}`
}

/** With the line where the key stands first. */
function twiceInWords(document: Document.Parsed, offset: number, lines: LineCounter): string {
  let message = 'this key is there twice'
  visit(document, {
    Map(_, { items }) {
      const again = items.find(({ key }) => isScalar(key) && key.range?.[0] === offset)
      if (!again || !isScalar(again.key)) return undefined
      const { value } = again.key
      const first = items.find(({ key }) => isScalar(key) && key.value === value)
      if (isScalar(first?.key) && first.key.range) {
        message = `'${value}' is there twice, first in line ${place(lines, first.key.range[0]).line}: take one away`
      }
      return visit.BREAK
    },
  })
  return message
}

/** Copies yaml's nodes into ours. Aliases unfold here, so the count of nodes is the bound on what they can make. */
class Walk {
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

/** `x-…` beside the sections: a place for anchors, which nothing reads. */
export const isOwn = (key: string): boolean => key.startsWith('x-')

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
