/** Reads and writes the YAML of a card: the yaml package's doorway on this floor. Mistakes come with line and column, all at once. */

import { isMap, LineCounter, parseDocument, stringify } from 'yaml'
import { ModelError } from '../core/errors.js'

/** A card is a page of text; a file beyond this is none, and is not parsed. */
const largestCard = 2 * 1024 * 1024

/** The plain value of the document. `file` names it in errors. */
export function parseYaml(text: string, file: string): unknown {
  if (text.length > largestCard) {
    throw new ModelError('CARD_INVALID', `${file} has ${text.length} characters, more than a card may have (${largestCard})`)
  }
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const { line, col } = lineCounter.linePos(error.pos[0])
      return `${file}:${line}:${col} ${error.message}`
    })
    throw new ModelError('CARD_INVALID', problems.join('\n'), { hint: 'the card is a YAML file', at: { file } })
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

/** A value as YAML, under a comment of one line. */
export function formatYaml(value: unknown, comment: string): string {
  return `# ${comment}\n${stringify(value, { lineWidth: 140, aliasDuplicateObjects: false })}`
}
