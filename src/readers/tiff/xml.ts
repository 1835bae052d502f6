/** As much XML as the descriptions of slides need: elements by name, attributes. Linear in the text; no entities but the five. */

export interface XmlElement {
  /** The opening tag. */
  readonly head: string
  /** From the opening tag to the closing one. */
  readonly whole: string
}

/** All elements of that name, with any prefix, in order. Elements of one name are taken not to hold each other. */
export function elements(xml: string, name: string): XmlElement[] {
  const found: XmlElement[] = []
  const opening = new RegExp(`<(\\w+:)?${name}(?=[\\s/>])`, 'g')
  for (let match = opening.exec(xml); match !== null; match = opening.exec(xml)) {
    const end = tagEnd(xml, match.index)
    if (end < 0) break
    const head = xml.slice(match.index, end + 1)
    if (head.endsWith('/>')) {
      found.push({ head, whole: head })
      continue
    }
    const closing = `</${match[1] ?? ''}${name}>`
    const close = xml.indexOf(closing, end)
    if (close < 0) {
      found.push({ head, whole: head })
      // Cut off, or no XML at all: looking for each further end would take quadratic time.
      break
    }
    found.push({ head, whole: xml.slice(match.index, close + closing.length) })
    opening.lastIndex = close
  }
  return found
}

const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&amp;': '&' }

export function attribute(head: string, name: string): string | undefined {
  return attributesOf(head).get(name)
}

/** All of an opening tag, in one go. */
export function attributesOf(head: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [, name, one, other] of head.matchAll(/\s([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    found.set(name!, unescaped(one ?? other!))
  return found
}

/** A value, or text between tags: each writes quotes as `&quot;` at times. */
export const unescaped = (value: string): string =>
  value.includes('&')
    ? value
        .replace(/&#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}));/g, (_, hex, dec) =>
          characterOf(hex === undefined ? Number(dec) : Number.parseInt(hex, 16)),
        )
        .replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity]!)
    : value

const characterOf = (code: number) => (code <= 0x10ffff ? String.fromCodePoint(code) : '')

/** The `>` that ends the tag: one within quotes does not. -1 when it is cut off. */
export function tagEnd(xml: string, from: number): number {
  const next = /["'>]/g
  next.lastIndex = from
  for (let match = next.exec(xml); match !== null; match = next.exec(xml)) {
    if (match[0] === '>') return match.index
    const close = xml.indexOf(match[0], match.index + 1)
    if (close < 0) return -1
    next.lastIndex = close + 1
  }
  return -1
}

/**
 * Every tag in order, closing ones as `/name`, the text before it, and in how many elements it lies; pauses after each. Throws RangeError where it is
 * cut off, be it between two elements.
 */
export function* eachTag(xml: string, take: (name: string, head: string, text: string, depth: number) => void): Generator<number, void> {
  let [text, depth] = ['', 0]
  for (let at = xml.indexOf('<'), from = 0; at >= 0; at = xml.indexOf('<', from)) {
    const [, close] = passed.find(([open]) => xml.startsWith(open, at)) ?? []
    const last = close === undefined ? tagEnd(xml, at) : xml.indexOf(close, at)
    if (last < 0) throw new RangeError('its XML is cut off')
    text += unescaped(xml.slice(from, at))
    const head = xml.slice(at, last + 1)
    from = last + (close?.length ?? 1)
    yield from - at
    if (close === ']]>') text += xml.slice(at + '<![CDATA['.length, last)
    if (close !== undefined) continue
    const name = /^<(\/?[\w.:-]+)/.exec(head)?.[1] ?? ''
    if (name.startsWith('/')) depth--
    take(name, head, text, depth)
    if (name !== '' && !name.startsWith('/') && !head.endsWith('/>')) depth++
    text = ''
  }
  if (depth > 0) throw new RangeError('its XML is cut off')
}

/** No tags. */
const passed = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
] as const

/** What stands in comments and CDATA is no element. */
export function withoutComments(xml: string): string {
  const parts: string[] = []
  let from = 0
  const opening = /<!--|<!\[CDATA\[/g
  for (let match = opening.exec(xml); match !== null; match = opening.exec(xml)) {
    const [, closing] = passed.find(([open]) => open === match![0])!
    const end = xml.indexOf(closing, match.index + match[0].length)
    if (end < 0) break
    parts.push(xml.slice(from, match.index))
    from = end + closing.length
    opening.lastIndex = from
  }
  return parts.join('') + xml.slice(from)
}

/** What stands in elements of that name says nothing of the rest: a program may put all that it was given into a Description, tags and all. */
export function without(xml: string, name: string): string {
  const parts: string[] = []
  let from = 0
  for (const { whole } of elements(xml, name)) {
    const at = xml.indexOf(whole, from)
    parts.push(xml.slice(from, at))
    from = at + whole.length
  }
  return parts.join('') + xml.slice(from)
}

/** Text in the encoding that its first bytes, or its XML declaration, name; else UTF-8, or Latin-1 where it is no UTF-8. */
export function decoded(bytes: Uint8Array): string {
  const [a, b] = bytes
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return new TextDecoder('utf-16le').decode(bytes)
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return new TextDecoder('utf-16be').decode(bytes)
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200))
  const said = /^\s*<\?xml[^>]*\sencoding\s*=\s*["'](iso-8859-1|latin-?1|windows-1252|us-ascii)["']/i.exec(head)
  if (said !== null) return new TextDecoder('latin1').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('latin1').decode(bytes)
  }
}
