/**
 * What is needed of the XML that servers of buckets answer. A server is untrusted, and an answer has up to 16 MiB: whatever it holds, each letter is looked at a few
 * times at most. (A regular expression goes through all that follows for each `<Contents>` that never ends.)
 */

/** Elements without attributes that have one of some names, one after the other, with all that lies in each. */
export function* elements(
  text: string,
  ...names: readonly string[]
): Generator<{ readonly name: string; readonly inner: string }, void, undefined> {
  const places = names.map((name) => text.indexOf(`<${name}>`))
  for (;;) {
    const at = Math.min(...places.filter((place) => place >= 0))
    const which = places.indexOf(at)
    if (which < 0) return
    const name = names[which]!
    const start = at + name.length + 2
    const end = text.indexOf(`</${name}>`, start)
    if (end < 0) {
      // None of this name ends any more.
      places[which] = -1
      continue
    }
    yield { name, inner: text.slice(start, end) }
    for (const [i, other] of names.entries()) if (places[i]! >= 0 && places[i]! < end) places[i] = text.indexOf(`<${other}>`, end)
  }
}

/** The text of the first element of a name that holds nothing but text. */
export function valueIn(text: string, tag: string): string | undefined {
  for (let at = text.indexOf(`<${tag}`); at >= 0; at = text.indexOf(`<${tag}`, at)) {
    at += tag.length + 1
    if (text[at] !== '>' && text[at] !== ' ') continue
    const start = text.indexOf('>', at) + 1
    if (start === 0) return undefined
    const end = text.indexOf('<', start)
    if (end < 0) return undefined
    if (text.startsWith(`</${tag}>`, end)) return text.slice(start, end)
    at = start
  }
  return undefined
}

const letters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** As it is without the entities of XML. */
export const plain = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, hex?: string, number?: string, name?: string) => {
    if (name !== undefined) return Object.hasOwn(letters, name) ? letters[name]! : whole
    const point = hex === undefined ? Number(number) : Number.parseInt(hex, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
