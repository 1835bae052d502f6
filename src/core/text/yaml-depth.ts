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

/** How often two keys of a text are compared: each with all of its map, so that a million keys would keep the parser for an hour. */
const mostComparisons = 2 ** 26
/** How many keys are there twice: each is an error with its place. */
const mostTwice = 1000

/** What tells the parser that two keys are one (its `uniqueKeys`), as long as a text has no more keys than a person writes. */
export class SameKeys {
  #compared = 0
  #twice = 0
  readonly #most: number

  constructor(most = mostComparisons) {
    this.#most = most
  }

  get areTooMany(): boolean {
    return this.#compared > this.#most || this.#twice > mostTwice
  }

  readonly isSame = (a: object | null, b: object | null): boolean => {
    const isSame = a === b || (isScalar(a) && isScalar(b) && a.value === b.value)
    this.#compared++
    if (isSame) this.#twice++
    // The parser ends with it, and makes an error of its own of it.
    if (this.areTooMany) throw new RangeError('too many keys')
    return isSame
  }
}

/** Lists and maps, which a key may be too, have no value. */
const isScalar = (key: object | null): key is { readonly value: unknown } => key !== null && 'value' in key
