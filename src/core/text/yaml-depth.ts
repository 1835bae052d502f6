/**
 * How deep a YAML text is nested, looked at before it is parsed: the parser recurses, and near the end of its stack it throws something
 * else each time, or takes the process down. Counted are brackets that are open, wherever they stand, and indentations, dashes and question
 * marks that go further in; a text that no person has written is beyond any real one by far.
 */

/** What the parser takes well. Readers of a file have a smaller bound of their own. */
const mostLevels = 200

/** Where it goes deeper than can be parsed; null where it does not. */
export function tooDeepAt(text: string): { readonly line: number; readonly column: number } | null {
  /** Columns at which blocks begin. */
  const blocks: number[] = []
  let brackets = 0
  let line = 1
  for (let start = 0; start <= text.length; line++) {
    const end = endOfLine(text, start)
    let at = start
    for (let isBegin = true; isBegin && at < end; ) {
      while (at < end && (text[at] === ' ' || text[at] === '\t')) at++
      if (at === end) break
      const column = at - start
      while (blocks.length > 0 && blocks.at(-1)! >= column) blocks.pop()
      blocks.push(column)
      if (blocks.length + brackets > mostLevels) return { line, column: column + 1 }
      isBegin = (text[at] === '-' || text[at] === '?') && (at + 1 === end || text[at + 1] === ' ' || text[at + 1] === '\t')
      if (isBegin) at++
    }
    for (; at < end; at++) {
      const letter = text[at]
      if (letter === '[' || letter === '{') brackets++
      else if ((letter === ']' || letter === '}') && brackets > 0) brackets--
      if (blocks.length + brackets > mostLevels) return { line, column: at - start + 1 }
    }
    start = end + 1
  }
  return null
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}
