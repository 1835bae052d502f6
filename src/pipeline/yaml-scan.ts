// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
/**
 * A text that is no YAML, read as its writer meant it: where the parser stumbles over what follows, this finds what was forgotten.
 * It goes through the text line by line and never fails; each slip is the cause, with what to write.
 */

export interface Slip {
  /** Slips of one kind are told together. */
  readonly kind: 'quotes' | 'quote' | 'comma' | 'no-comma' | 'bracket' | 'escape' | 'rest' | 'colon' | 'tab' | 'dash' | 'column' | 'space'
  readonly line: number
  readonly column: number
  readonly message: string
  /** What it is about, for those of its kind that follow. */
  readonly text?: string
}

/** A line that begins something: not one inside a bracket, a quoted text or a block of text. */
export interface Line {
  readonly number: number
  /** White space before the first character. */
  readonly indent: string
  /** Columns from 0: of each dash, then of what follows them. */
  readonly dashes: readonly number[]
  readonly column: number
  /** `key:`; undefined for a value without a key. */
  readonly key: string | undefined
  /** Something stands behind the key, or in place of one. */
  readonly hasValue: boolean
  /** What stands behind the dashes. */
  readonly text: string
}

export interface Scanned {
  readonly lines: readonly Line[]
  readonly slips: readonly Slip[]
}

const smart = '“”„‟«»‘’‚‛'
const looksLikeEntry = /^\s*(?:-\s|-$|[\w.-]+:(?:\s|$))/
const closing: Readonly<Record<string, string>> = { '[': ']', '{': '}' }

export function scan(source: string): Scanned {
  const texts = source.split('\n').map((line) => line.replace(/\r$/, ''))
  return new Scan(texts).all()
}

interface Open {
  readonly bracket: string
  readonly line: number
  readonly column: number
  /** Inside a map: a key was read, and its value not yet ended. */
  inValue: boolean
}

class Scan {
  readonly #texts: readonly string[]
  readonly #lines: Line[] = []
  readonly #slips: Slip[] = []
  #open: Open[] = []
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
      if (this.#open.length > 0 && looksLikeEntry.test(text) && indent.length <= this.#base) this.#unclosed()
      this.#at = indent.length
      if (this.#open.length > 0) this.#flow()
      else if (!/^(?:---|\.\.\.|%)/.test(text)) below = this.#block(indent)
    }
    if (this.#open.length > 0) this.#unclosed()
    return { lines: this.#lines, slips: this.#slips }
  }

  get #text(): string {
    return this.#texts[this.#row]!
  }

  #slip(kind: Slip['kind'], column: number, message: string, text?: string): void {
    this.#slips.push({ kind, line: this.#row + 1, column: column + 1, message, ...(text === undefined ? {} : { text }) })
  }

  #unclosed(): void {
    const { bracket, line, column } = this.#open[0]!
    const missing = this.#open
      .map((open) => closing[open.bracket])
      .reverse()
      .join('')
    this.#slips.push({ kind: 'bracket', line, column, message: `this ${bracket} is not closed: write ${missing} where it ends` })
    this.#open = []
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
    if (needsQuotes(text)) this.#unquoted(start, text)
    else if (behindKey && /:(?:\s|$)/.test(text)) {
      this.#slip('colon', start, `a text with ": " in it needs quotes: write ${quotedText(text)}`, text)
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
      const top = this.#open.at(-1)
      if (!top && !opensBrackets(text, start)) {
        this.#behindBrackets(start)
        return
      }
      if (char === '"' || char === "'") {
        const closed = this.#quoted()
        if (!closed) return
        if (!/^\s*(?:[:,\]}]|$|#)/.test(text.slice(this.#at))) this.#rest(start)
      } else if (char === ',') {
        top!.inValue = false
        this.#at++
      } else if (char === ':' && /^:(?:\s|$|["'[{,])/.test(text.slice(start))) {
        top!.inValue = true
        this.#at++
      } else if (char === ']' || char === '}') this.#close(start, char)
      else if (opensBrackets(text, start)) {
        this.#open.push({ bracket: char, line: this.#row + 1, column: start + 1, inValue: false })
        this.#at++
      } else this.#plainInFlow(start)
    }
  }

  #close(start: number, char: string): void {
    const top = this.#open.at(-1)!
    const wanted = closing[top.bracket]!
    if (wanted !== char) {
      this.#slip('bracket', start, `the ${top.bracket} in line ${top.line} is closed by ${char}: write ${wanted}`)
    }
    this.#open.pop()
    this.#at = start + 1
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
    const top = this.#open.at(-1)
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
    this.#open = []
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
    if (this.#open.length === 0 && /^\s*:/.test(rest)) return
    if (this.#open.length === 0 && /^\s*,\s*$/.test(rest)) {
      this.#slip('comma', this.#at, 'a comma stands at the end of this line: take it away, a new line is enough')
    } else {
      const end = this.#open.length > 0 ? /^[^,\]}]*/.exec(rest)![0] : rest
      const whole = `${this.#text.slice(start, this.#at)}${end}`.trim()
      this.#slip(
        'rest',
        start,
        `'${short(end.trim())}' stands behind the closing quote: write ${quotedText(whole.replaceAll(/["']/g, ''))}`,
      )
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

/** A bracket at the start of a value, unless it is a word that begins with one: `{slide}.csv`, `{{ name }}`, `[ab]*.svs`. */
function opensBrackets(text: string, at: number): boolean {
  if (text[at] !== '{' && text[at] !== '[') return false
  return !/^(?:\{\{|\{[\w-]+\}[^\s,\]}:]|\[[^\s\],]+\][^\s,\]}:])/.test(text.slice(at))
}

/** A text that YAML takes for something else when it stands without quotes. */
function needsQuotes(text: string): boolean {
  if (smart.includes(text[0]!)) return true
  return /^(?:\$?\{.*\}.|\{\{|\*(?![\w.-]+$)|!|%|@|`|\[[^\s\],]+\].)/.test(text)
}

/** Of a text in typographic quotes, which may hold commas; 0 of any other. */
function lengthOfSmart(text: string): number {
  if (!smart.includes(text[0]!)) return 0
  for (let i = 1; i < text.length; i++) if (smart.includes(text[i]!)) return i + 1
  return 0
}

/** The one sentence for a text without quotes. */
export function quotesNeeded(text: string): string {
  if (smart.includes(text[0]!)) {
    const plain = text.replace(new RegExp(`^[${smart}]|[${smart}"']$`, 'g'), '')
    return `${text[0]} is no quote of YAML: write ${quotedText(plain)}, with straight quotes`
  }
  return `write ${quotedText(text)}: quotes are needed around ${whatIn(text)}`
}

function whatIn(text: string): string {
  if (text.includes('${')) return '${…}'
  if (text.includes('{{')) return '{{…}}'
  if (/\{[\w-]+\}/.test(text)) return '{…}'
  if (/[{}]/.test(text)) return '{ and }'
  if (/^\[|\]/.test(text)) return '[ and ]'
  return `a text that begins with ${text[0]}`
}

/** A value in typographic quotes, which YAML takes for letters; the whole of it, as `behind` goes on to the end of its line. A sentence may begin with one. */
export function smartQuoted(value: string, behind: string): string | undefined {
  if (value === '' || !smart.includes(value[0]!)) return undefined
  if (/\s/.test(value) && !`${smart}"'`.includes(value.at(-1)!)) return undefined
  return behind.slice(0, lengthOfSmart(behind)) || value
}

const escapes = /^(?:[^\\]|\\(?:[0abtnvfre "/\\N_LP\t]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}))*$/

/** A path whose backslashes were not doubled is none of YAML's, also where its letters happen to be (`C:\new`). */
const isEscaped = (inside: string): boolean => escapes.test(inside) && !isWindowsPath(inside)

/** `C:\slides`, or `\\server\share`, with single backslashes. */
export const isWindowsPath = (inside: string): boolean => /^(?:[A-Za-z]:\\(?!\\)|\\\\[^\\]+\\(?!\\))/.test(inside)

export function backslashes(inside: string): string {
  const path = inside.startsWith('\\\\') ? inside : inside.replaceAll('\\\\', '\\')
  const wild = /[*?{]/.test(path)
  return `\\ means something else in double quotes: write ${wild ? '' : `'${path}' in single quotes, or `}"${path.replaceAll('\\', '/')}"`
}

const quotedText = (text: string): string => (/["\\]/.test(text) ? `'${text.replaceAll("'", "''")}'` : `"${text}"`)

const short = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}…` : text)
