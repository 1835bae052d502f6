/**
 * A YAML file as a tree that knows where everything stands: with yaml-walk.ts the only doorway of yaml in the pipeline.
 * The file is untrusted: its size, its nesting and what its aliases unfold to are bounded.
 */

import { open, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Document, isScalar, LineCounter, parseDocument, parse as parseYaml, visit } from 'yaml'
import { systemMessage } from '../../core/files/system-error.js'
import { didYouMean } from '../../core/text/did-you-mean.js'
import { keysAgain } from '../../core/text/keys-again.js'
import { tooDeepAt } from '../../core/text/yaml-depth.js'
import { kindOf, textOfFile } from './file-text.js'
import type { Position, ProblemList } from './problems.js'
import { hardSpaces } from './yaml-foreign.js'
import type { ScalarValue, YamlNode } from './yaml-node.js'
import { slipsOf } from './yaml-slips.js'
import { documentLimits, Limit, place, Walk } from './yaml-walk.js'

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
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') {
      problems.add('FILE_MISSING', start, '', `there is no such file${await beside(file)}`)
      return undefined
    }
    problems.add('FILE_UNREADABLE', start, '', unreadable[code ?? ''] ?? systemMessage(cause))
    return undefined
  }
  return parseTree(text, problems)
}

/** A file of nearly this name. */
async function beside(file: string): Promise<string> {
  if (path.basename(file) === '-') return ': standard input is /dev/stdin'
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
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false, version: '1.2' })
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

interface Fault extends Position {
  readonly message: string
}

/** Keys that are there twice are told up to so many. */
const mostTwice = 20

/** What the parser refuses: each cause, or its first words where none is known. A key that is there twice is a cause by itself. */
function faultsOf(document: Document.Parsed, text: string, lines: LineCounter): readonly Fault[] {
  const found = [...document.errors, ...document.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED')]
  const spaces = hardSpaces(text)
  if (spaces.length > 0) return spaces.slice(0, 1)
  if (found.length === 0) return twiceIn(document, lines).slice(0, mostTwice)
  const slips = slipsOf(text)
  if (slips.length > 0) return slips.map(({ line, column, message }) => ({ line, column, message }))
  const { code, pos, message } = found.reduce((first, other) => (other.pos[0] < first.pos[0] ? other : first))
  return [{ ...place(lines, pos[0]), message: inWords(code, message) }]
}

function inWords(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'this starts a second document; a pipeline file holds one: take the --- away'
  return `this is no YAML: ${message.split('\n', 1)[0]}`
}

/** Keys that are there twice, with the line where each stands first. */
function twiceIn(document: Document.Parsed, lines: LineCounter): readonly Fault[] {
  const faults: Fault[] = []
  visit(document, {
    Map(_, { items }) {
      for (const { key, first } of keysAgain(items.map((pair) => pair.key).filter(isScalar))) {
        const { line } = place(lines, first.range?.[0] ?? 0)
        faults.push({
          ...place(lines, key.range?.[0] ?? 0),
          message: `'${key.value}' is there twice, first in line ${line}: take one away`,
        })
      }
    },
  })
  return faults
}
