// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
/** Values that YAML takes for something else, and how they are written: quotes, backslashes, colons. */

const smart = '“”„‟«»‘’‚‛'

/** A bracket at the start of a value, unless it is a word that begins with one: `{slide}.csv`, `{{ name }}`, `[ab]*.svs`. */
export function opensBrackets(text: string, at: number): boolean {
  if (text[at] !== '{' && text[at] !== '[') return false
  return !/^(?:\{\{|\{[\w-]+\}[^\s,\]}:]|\[[^\s\],]+\][^\s,\]}:])/.test(text.slice(at))
}

/** A text that YAML takes for something else when it stands without quotes. */
export function needsQuotes(text: string): boolean {
  if (smart.includes(text[0]!)) return true
  return /^(?:\$?\{.*\}.|\{\{|\*(?![\w.-]+$)|!|%|@|`|\[[^\s\],]+\].)/.test(text)
}

/** A key and its value where a value stands: options without braces, several of them in a line, or a text. */
export function colonWords(text: string, free: boolean): string {
  if (!free && /^[\w-]+:\s+\S/.test(text)) return `options in the line of their name stand in braces: write { ${text} }`
  if (/^[^,]+,\s*[\w-]+:\s/.test(text))
    return `write each option in a line of its own, without the comma: '${short(text.replace(/^[^,]+,\s*/, ''))}' is the next`
  return `a text with ": " in it needs quotes: write ${quotedText(text)}`
}

/** Of a text in typographic quotes, which may hold commas; 0 of any other. */
export function lengthOfSmart(text: string): number {
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

/** A path whose backslashes were not doubled is not valid in YAML, also where its letters happen to be (`C:\new`). */
export const isEscaped = (inside: string): boolean => escapes.test(inside) && !isWindowsPath(inside)

/** `C:\slides`, or `\\server\share`, with single backslashes. */
const isWindowsPath = (inside: string): boolean => /^(?:[A-Za-z]:\\(?!\\)|\\\\[^\\]+\\(?!\\))/.test(inside)

/** A path whose names begin with letters that make an escape, `out\\run1`: no name of a file holds what YAML makes of it. */
export const isEscapedPath = (inside: string): boolean =>
  isWindowsPath(inside) || (/[\w.)]\\[abefnrtv0]\w/.test(inside) && !/\s/.test(inside))

export function backslashes(inside: string): string {
  const path = inside.startsWith('\\\\') ? inside : inside.replaceAll('\\\\', '\\')
  const wild = /[*?{]/.test(path)
  return `\\ means something else in double quotes: write ${wild ? '' : `'${path}' in single quotes, or `}"${path.replaceAll('\\', '/')}"`
}

export const quotedText = (text: string): string => (/["\\]/.test(text) ? `'${text.replaceAll("'", "''")}'` : `"${text}"`)

export const short = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}…` : text)
