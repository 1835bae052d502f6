/**
 * A text that is no YAML, read as its writer meant it: where the parser stumbles over what follows, this finds what was forgotten.
 * It goes through the text line by line and never fails; each slip is the cause, with what to write.
 */

import { Brackets } from './yaml-brackets.js'
import { foreignSlip } from './yaml-foreign.js'
import { type Line, type Slip, tabbed } from './yaml-slip.js'
import {
  backslashes,
  colonWords,
  isEscaped,
  lengthOfSmart,
  needsQuotes,
  opensBrackets,
  quotedText,
  quotesNeeded,
  short,
} from './yaml-words.js'

export interface Scanned {
  readonly lines: readonly Line[]
  readonly slips: readonly Slip[]
}

const looksLikeEntry = /^\s*(?:-\s|-$|[\w.-]+:(?:\s|$))/

export function scan(source: string): Scanned {
  const texts = source.split('\n').map((line) => line.replace(/\r$/, ''))
  return new Scan(texts).all()
}

class Scan {
  readonly #texts: readonly string[]
  readonly #lines: Line[] = []
  readonly #slips: Slip[] = []
  readonly #brackets = new Brackets(this.#slips)
  /** Column of the entry in whose value the bracket stands. */
  #base = 0
  #row = 0
  #at = 0

  constructor(texts: readonly string[]) {
    this.#texts = texts
  }

  all(): Scanned {
    let below: number | undefined
    for (; this.#row < this.#texts.length; this.#row++) {
      const text = this.#text
      const indent = /^\s*/.exec(text)![0]
      if (text.trim() === '' || (/^\s*#/.test(text) && below === undefined)) continue
      if (below !== undefined) {
        if (indent.length > below) continue
        below = undefined
        if (/^\s*#/.test(text)) continue
      }
      const foreign = foreignSlip(text, this.#row)
      if (foreign) {
        this.#slips.push(foreign)
        continue
      }
      const isInside = this.#brackets.top !== undefined
      if (isInside && indent.includes('\t')) this.#slip('flow-tab', 0, tabbed)
      if (isInside && looksLikeEntry.test(text) && indent.length <= this.#base) this.#brackets.unclosed()
      this.#at = indent.length
      if (this.#brackets.top) this.#flow()
      else if (!/^(?:---|\.\.\.|%)/.test(text)) below = this.#block(indent)
    }
    if (this.#brackets.top) this.#brackets.unclosed()
    return { lines: this.#lines, slips: this.#slips }
  }

  get #place() {
    return { row: this.#row, column: this.#at }
  }

  get #text(): string {
    return this.#texts[this.#row]!
  }

  #slip(kind: Slip['kind'], column: number, message: string, text?: string): void {
    this.#slips.push({ kind, line: this.#row + 1, column: column + 1, message, ...(text === undefined ? {} : { text }) })
  }

  /** A line outside of brackets. Answers the column below which a block of text (`|`) goes on. */
  #block(indent: string): number | undefined {
    const text = this.#text
    const dashes: number[] = []
    while (/^-(?:\s|$)/.test(text.slice(this.#at))) {
      dashes.push(this.#at)
      this.#at += /^-\s*/.exec(text.slice(this.#at))![0].length
    }
    const column = this.#at
    const rest = text.slice(column)
    const found = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#[{,][^#"'[{]*?|<<)\s*:(?=\s|$)/.exec(rest)
    const key = found && !/: /.test(found[0]) ? found[0].replace(/\s*:$/, '') : undefined
    if (key !== undefined) this.#at += found![0].length
    const value = text
      .slice(this.#at)
      .replace(/(?:^|\s)#.*$/, '')
      .trim()
    const bare = value.replace(/^(?:[&!][^\s]*\s*)+/, '')
    this.#lines.push({ number: this.#row + 1, indent, dashes, column, key, hasValue: bare !== '', text: rest.trim() })
    if (/^[|>][+-]?\d*$/.test(value)) return dashes[0] ?? column
    this.#base = dashes.at(-1) ?? column
    this.#values(key !== undefined)
    return undefined
  }

  /** What stands behind a key or a dash, up to the end of the line. */
  #values(behindKey: boolean): void {
    this.#blanks()
    const text = this.#text
    if (this.#at >= text.length) return
    const start = this.#at
    const first = text[start]!
    if (first === '&' && /^&[\w.-]+(\s|$)/.test(text.slice(start))) {
      this.#at += /^&[\w.-]+\s*/.exec(text.slice(start))![0].length
      this.#values(behindKey)
    } else if (first === '"' || first === "'") {
      if (this.#quoted()) this.#rest(start)
    } else if (opensBrackets(text, start)) this.#flow()
    else this.#plainInBlock(start, behindKey)
  }

  #plainInBlock(start: number, behindKey: boolean): void {
    const text = this.#text
      .slice(start)
      .replace(/\s#.*$/, '')
      .trimEnd()
    this.#at = this.#text.length
    const [, name, options] = /^([\w-]+)\s+([{[].*)$/.exec(text) ?? []
    if (needsQuotes(text)) this.#unquoted(start, text)
    else if (!behindKey && name !== undefined) this.#slip('colon', start, `a colon is missing: write ${name}: ${options}`, text)
    else if (behindKey && /^-\s/.test(text)) {
      const items = text.split(/(?:^|\s)-\s+/).filter((item) => item !== '')
      this.#slip('dash', start, `a list with dashes begins in a line of its own: write [${items.join(', ')}], or the dash below`)
    } else if (behindKey && /:(?:\s|$)/.test(text)) {
      this.#slip('colon', start, colonWords(text, this.#lines.at(-1)?.key === 'about'), text)
    }
  }

  /** Inside brackets, as far as this line goes. */
  #flow(): void {
    const text = this.#text
    while (this.#at < text.length) {
      this.#blanks()
      if (this.#at >= text.length) return
      const start = this.#at
      const char = text[start]!
      if (!this.#brackets.top && !opensBrackets(text, start)) {
        this.#behindBrackets(start)
        return
      }
      if (char === '"' || char === "'") {
        this.#brackets.mustBeApart()
        if (!this.#quoted()) return
        if (!/^\s*(?:[:,\]}]|$|#|\s["'{[])/.test(text.slice(this.#at))) this.#rest(start)
        this.#brackets.valueEnded(this.#place)
      } else if (char === ',' || (char === ':' && /^:(?:\s|$|["'[{,])/.test(text.slice(start)))) {
        this.#brackets.separated(char)
        this.#at++
      } else if (char === ']' || char === '}') {
        this.#brackets.close(char, this.#place)
        this.#at++
      } else if (opensBrackets(text, start)) {
        this.#brackets.mustBeApart()
        this.#brackets.open(char, this.#place)
        this.#at++
      } else this.#plainInFlow(start)
    }
  }

  /** After the last bracket of a value nothing follows. */
  #behindBrackets(start: number): void {
    const rest = this.#text.slice(start).trimEnd()
    this.#at = this.#text.length
    if (rest.startsWith(':')) return
    if (rest.startsWith(',')) this.#slip('comma', start, 'a comma stands at the end of this line: take it away, a new line is enough')
    else if (/^[\]}]/.test(rest)) this.#slip('bracket', start, `this ${rest[0]} closes nothing: take it away`)
    else this.#slip('rest', start, `'${short(rest)}' stands behind the closing bracket: is a comma or a new line missing before it?`)
  }

  #plainInFlow(start: number): void {
    const text = this.#text
    let at = start + lengthOfSmart(text.slice(start))
    for (; at < text.length; at++) {
      const char = text[at]!
      if (char === '{') {
        // A brace inside a word, `${…}` or `*.{svs,tif}`, belongs to it.
        const end = text.indexOf('}', at)
        if (end < 0) break
        at = end
      } else if (char === '[') {
        const end = text.indexOf(']', at)
        if (end < 0) break
        at = end
      } else if (/[,\]}]/.test(char) || (char === ':' && /^:(?:\s|$|[,\]}])/.test(text.slice(at))) || /^\s#/.test(text.slice(at))) break
    }
    const word = text.slice(start, at).trimEnd()
    this.#at = Math.max(at, start + 1)
    this.#brackets.mustBeApart()
    const { top } = this.#brackets
    if (needsQuotes(word) || /[{[]/.test(word)) {
      this.#unquoted(start, word)
      return
    }
    if (text[at] !== ':' || top?.bracket !== '{' || !top.inValue) return
    const [, value, key] = /^(.*\S)\s+(\S+)$/.exec(word) ?? []
    const better = key === undefined ? undefined : `${value}, ${key}:`
    this.#slip(
      'no-comma',
      start,
      better ? `a comma is missing: write ${better}` : `a text with ":" in it needs quotes: write ${quotedText(word)}`,
    )
  }

  /** Stands behind the closing quote of a quoted text; false when that is not in this line, nor rightly in another. */
  #quoted(): boolean {
    const row = this.#row
    const start = this.#at
    const quote = this.#text[start]!
    let at = start + 1
    for (;;) {
      const text = this.#text
      for (; at < text.length; at++) {
        if (quote === '"' && text[at] === '\\') at++
        else if (text[at] === quote && quote === "'" && text[at + 1] === "'") at++
        else if (text[at] === quote) {
          this.#at = at + 1
          if (row === this.#row) this.#escapes(start, text.slice(start + 1, at), quote)
          return true
        }
      }
      const next = this.#texts[this.#row + 1]
      if (next === undefined || looksLikeEntry.test(next)) break
      this.#row++
      at = 0
    }
    this.#row = row
    this.#at = this.#text.length
    const windows = quote === '"' && /\\"\s*[,\]}]*\s*$/.test(this.#text.slice(start))
    if (windows) this.#escapes(start, this.#text.slice(start + 1).replace(/"\s*[,\]}]*\s*$/, ''), quote)
    else this.#slip('quote', start, `this ${quote} has no second one: write ${quote} where the text ends`)
    this.#brackets.forget()
    return false
  }

  /** A path of Windows in double quotes. */
  #escapes(start: number, inside: string, quote: string): void {
    if (quote === '"' && !isEscaped(inside)) this.#slip('escape', start, backslashes(inside))
  }

  /** What follows a quoted text that is a value by itself. */
  #rest(start: number): void {
    const rest = this.#text.slice(this.#at)
    if (/^\s*(?:#.*)?$/.test(rest)) return
    const { top } = this.#brackets
    if (!top && /^\s*:/.test(rest)) return
    if (!top && /^\s*,\s*$/.test(rest)) {
      this.#slip('comma', this.#at, 'a comma stands at the end of this line: take it away, a new line is enough')
    } else {
      const end = top ? /^[^,\]}]*/.exec(rest)![0] : rest
      const whole = `${this.#text.slice(start, this.#at)}${end}`.trim()
      const quote = whole[0]!
      // One quote more in the rest ends the text; an apostrophe in it is a letter.
      const plain = whole.split(quote).length % 2 === 0 ? whole.slice(1).replace(new RegExp(`${quote}$`), '') : whole.replaceAll(quote, '')
      this.#slip('rest', start, `'${short(end.trim())}' stands behind the closing quote: write ${quotedText(plain)}`)
      this.#at += end.length
      return
    }
    this.#at = this.#text.length
  }

  #unquoted(start: number, text: string): void {
    this.#slip('quotes', start, quotesNeeded(text), text)
  }

  #blanks(): void {
    const text = this.#text
    while (/[ \t]/.test(text[this.#at] ?? '')) this.#at++
    if (text[this.#at] === '#' && (this.#at === 0 || /\s/.test(text[this.#at - 1]!))) this.#at = text.length
  }
}
