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
    const end = xml.indexOf('>', match.index)
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
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(head)
  const value = match?.[1] ?? match?.[2]
  return value
    ?.replace(/&#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}));/g, (_, hex, dec) =>
      characterOf(hex === undefined ? Number(dec) : Number.parseInt(hex, 16)),
    )
    .replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity]!)
}

const characterOf = (code: number) => (code <= 0x10ffff ? String.fromCodePoint(code) : '')
