/**
 * DICOM as JSON (PS3.18 F): `{ "00280010": { "vr": "US", "Value": [256] }, … }`. Of what a server says only what a slide follows from is kept, in one order:
 * so it is small, names no patient, and is the same text as long as the slide is the same.
 */

import { type Attributes, decimalsIn, type NumberType } from './attributes.js'
import { malformed } from './elements.js'
import { tags } from './tags.js'

/** Values and items are few but for frames that say where they lie. */
export interface JsonItem {
  readonly [tag: string]: readonly (string | number | JsonItem)[]
}

/** When an instance was made: of another time it is another one, whatever its number. */
const times = [0x0008_0012, 0x0008_0013, 0x0008_0023, 0x0008_0033, 0x0008_002a]
const needed = new Set([...Object.values(tags), ...times].map(keyOf))

function keyOf(tag: number): string {
  return tag.toString(16).padStart(8, '0').toUpperCase()
}

/** Sequences in sequences: no slide has more than five. */
const DEEPEST = 24
/** Letters of a text, values of an element that is no sequence: the longest that mean anything are lists of a few numbers. */
const LONGEST_TEXT = 1024
const MOST_VALUES = 64

/** What counts of one data set. `uri` is who is to blame. Throws SLIDE_MALFORMED. */
export function keptOf(said: unknown, uri: string, depth = 0): JsonItem {
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    throw malformed(uri, 'has something else than a data set where one should be')
  if (depth > DEEPEST) throw malformed(uri, `has more than ${DEEPEST} sequences in one another`)
  const kept: Record<string, JsonItem[string]> = {}
  const named = Object.entries(said).map(([key, element]) => [key.toUpperCase(), element] as const)
  for (const [key, element] of named.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { Value: value } = (element ?? {}) as { readonly Value?: unknown }
    if (!needed.has(key) || value === undefined || value === null) continue
    // One value may stand without its list.
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    // An empty one among several is null; an item that is null is an empty one.
    const plain = values.some(isPlain) ? values.map((one) => one ?? '') : values
    if (plain.every(isPlain)) {
      if (plain.length <= MOST_VALUES) kept[key] = plain
    } else kept[key] = values.map((item) => keptOf(item ?? {}, uri, depth + 1))
  }
  return kept
}

const isPlain = (value: unknown): value is string | number =>
  typeof value === 'string' ? value.length <= LONGEST_TEXT : typeof value === 'number'

/** Several values may come as a file has them: as one text, filled up to an even length. */
const unfilled = (text: string): string => text.replace(/\0+$/, '').trim()

export class JsonSet implements Attributes {
  readonly #item: JsonItem

  constructor(item: JsonItem) {
    this.#item = item
  }

  text(tag: number): string | undefined {
    return this.texts(tag).join('\\') || undefined
  }

  texts(tag: number): readonly string[] {
    return this.#plain(tag).flatMap((value) => String(value).split('\\').map(unfilled))
  }

  decimals(tag: number): readonly number[] {
    return decimalsIn(this.texts(tag))
  }

  number(tag: number, _implied: NumberType): number | undefined {
    return this.decimals(tag)[0]
  }

  *items(tag: number): Generator<JsonSet, void, undefined> {
    for (const item of this.#item[keyOf(tag)] ?? []) if (typeof item === 'object') yield new JsonSet(item)
  }

  first(tag: number): JsonSet | undefined {
    return this.items(tag).next().value ?? undefined
  }

  #plain(tag: number): readonly (string | number)[] {
    return (this.#item[keyOf(tag)] ?? []).filter((value) => typeof value !== 'object')
  }
}
