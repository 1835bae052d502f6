/** Reads and writes the YAML of a card: the yaml package's doorway on this floor. Mistakes come with line and column, all at once. */

import { type Document, isMap, isScalar, LineCounter, parseDocument, stringify, visit, YAMLParseError } from 'yaml'
import { ModelError } from '../../core/errors.js'
import { keysAgain } from '../../core/text/keys-again.js'
import { tooDeepAt } from '../../core/text/yaml-depth.js'

/** A card is a page of text; a file beyond this is none, and is not parsed. */
export const largestCard = 2 * 1024 * 1024

/** The plain value of the document. `file` names it in errors. */
export function parseYaml(text: string, file: string): unknown {
  if (text.length > largestCard) {
    throw new ModelError('CARD_INVALID', `${file} has ${text.length} characters, more than a card may have (${largestCard})`)
  }
  const lineCounter = new LineCounter()
  const document = parsed(text, file, lineCounter)
  const [first] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0])
  if (first) {
    const { line, col } = lineCounter.linePos(first.pos[0])
    // What follows the first mistake is mostly its echo.
    throw new ModelError('CARD_INVALID', `${file}:${line}:${col} is no YAML: ${first.message.split('\n', 1)[0]}`, {
      hint: 'the card is a YAML file: names with values, one a line, brackets and quotes in pairs, no tabs',
      at: { file, line, column: col },
    })
  }
  if (!isMap(document.contents)) {
    throw new ModelError('CARD_INVALID', `${file} is no card: it holds no names with values`, { at: { file } })
  }
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new ModelError('CARD_INVALID', `${file} is no card: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** Lists in lists, and maps in maps. What reads a card recurses. */
const deepest = 64

function parsed(text: string, file: string, lineCounter: LineCounter): Document.Parsed {
  const deep = () =>
    new ModelError('CARD_INVALID', `${file} is no card: its lists and maps are nested more than ${deepest} deep`, { at: { file } })
  if (tooDeepAt(text) !== null) throw deep()
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false })
  visit(document, {
    Collection(_, collection, { length }) {
      // Of a map in a map, the pair between them counts too.
      if (length > 2 * deepest) throw deep()
      if (!isMap(collection)) return
      for (const { key } of keysAgain(collection.items.map((pair) => pair.key).filter(isScalar))) {
        const [start = 0] = key.range ?? []
        document.errors.push(new YAMLParseError([start, start + 1], 'DUPLICATE_KEY', 'Map keys must be unique'))
      }
    },
  })
  return document
}

/** A value as YAML, under a comment of one line. */
export function formatYaml(value: unknown, comment: string): string {
  return `# ${comment}\n${stringify(value, { lineWidth: 140, aliasDuplicateObjects: false })}`
}
