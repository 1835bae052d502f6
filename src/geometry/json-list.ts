/**
 * The elements of a large JSON list, one after the other: parsing a whole text of 256 MB holds up signals and timers for many seconds.
 *
 *     {"type": "FeatureCollection", "features": [{…}, {…}, …]}      or      [{…}, {…}, …]
 *
 * The list that is the value itself, or that of the key `features`, is cut at its commas; each piece is parsed alone.
 */

/** Letters of one element, which is parsed in one go: an outline of a million points. */
const largestPiece = 2 ** 25
/** Letters that are looked at between two pauses. */
const stretch = 2 ** 20
/** Of a key with the space around it: another one is not looked for. */
const longestKey = 300
/** Lists in lists and objects in objects: a MultiPolygon has six. More is no drawing, and what reads it recurses. */
const deepest = 64
/** What a letter costs that is parsed, in bytes copied. */
const workOfLetter = 16

/** Hands each element to `take` and gives the rest: the value with an empty list. Pauses with the work done. Throws RangeError. */
export function* eachOf(text: string, take: (element: unknown) => void): Generator<number, unknown> {
  const list = yield* startOf(text)
  if (list < 0) return parsed(text, 'the text')
  let count = 0
  let from = list + 1
  for (;;) {
    const end = yield* endOf(text, from)
    const piece = text.slice(from, end)
    const last = text[end] !== ','
    if (!(last && count === 0 && piece.trim() === '')) take(parsed(piece, `element ${count + 1}`))
    yield piece.length * workOfLetter
    count++
    if (last) return parsed(text.slice(0, list + 1) + text.slice(end), 'the text around its list')
    from = end + 1
  }
}

/** Where the list begins, or -1. */
function* startOf(text: string): Generator<number, number> {
  const first = text.search(/\S/)
  if (text[first] === '[') return first
  if (text[first] !== '{') return -1
  for (let at = first; at < text.length && text[at] !== '}'; ) {
    const [whole, key] = /^[{,]\s*("(?:[^"\\]|\\.)*")\s*:\s*/.exec(text.slice(at, at + longestKey)) ?? []
    if (whole === undefined) return -1
    const value = at + whole.length
    if (key === '"features"' && text[value] === '[') return value
    at = yield* endOf(text, value)
  }
  return -1
}

/** Where the value ends that begins at `from`: at a comma, or at what closes the list or object around it. */
function* endOf(text: string, from: number): Generator<number, number> {
  let depth = 0
  let pause = from + stretch
  for (let i = from; i < text.length; i++) {
    if (i >= pause) {
      yield stretch
      pause = i + stretch
    }
    switch (text.charCodeAt(i)) {
      case 0x22:
        i = endOfText(text, i)
        break
      case 0x5b:
      case 0x7b:
        if (++depth > deepest) throw new RangeError(`its lists are nested more than ${deepest} deep`)
        break
      case 0x5d:
      case 0x7d:
        if (depth-- === 0) return i
        break
      case 0x2c:
        if (depth === 0) return i
    }
  }
  return text.length
}

/** The quote that ends a text: one before which stands no backslash, or an even number of them. */
function endOfText(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++
    if (slashes % 2 === 0) return end
  }
  return text.length
}

function parsed(piece: string, what: string): unknown {
  if (piece.length > largestPiece) throw new RangeError(`${what} has ${piece.length} letters, more than ${largestPiece}`)
  try {
    return JSON.parse(piece)
  } catch (cause) {
    const plain = withoutNaN(piece)
    if (plain !== piece) return parsed(plain, what)
    throw new RangeError(`is no JSON: ${what}: ${(cause as Error).message}`, { cause })
  }
}

/** What QuPath (Gson) and Python write of a measure that is not a number (NaN, which JSON does not know), as null. Texts stay. */
function withoutNaN(piece: string): string {
  const parts: string[] = []
  for (let from = 0; from < piece.length; ) {
    const quote = piece.indexOf('"', from)
    const begin = quote < 0 ? piece.length : quote
    const end = quote < 0 ? piece.length : endOfText(piece, quote) + 1
    parts.push(piece.slice(from, begin).replace(/-?\b(?:NaN|Infinity)\b/g, 'null'), piece.slice(begin, end))
    from = end
  }
  return parts.join('')
}
