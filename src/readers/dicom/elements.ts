/**
 * The elements of a DICOM data set, walked where they lie: nothing is unpacked, so a file makes us hold no more than its own header.
 *
 *     explicit   group (2) element (2) VR (2) length (2)            value
 *                group (2) element (2) VR (2) 00 00 length (4)      value     where the VR is one of `long`
 *     implicit   group (2) element (2) length (4)                   value
 *     item       FE FF 00 E0 length (4)                             elements
 *
 * A length of FFFFFFFF: up to a delimiter (FE FF 0D E0 of an item, FE FF DD E0 of a sequence).
 */

import { SlideError } from '../../core/errors.js'
import { type Attributes, decimalsIn, type NumberType } from './attributes.js'

export const UNDEFINED = 0xffff_ffff
export const ITEM = 0xfffe_e000
const ITEM_END = 0xfffe_e00d
export const SEQUENCE_END = 0xfffe_e0dd

/** VRs whose length has 4 bytes. */
const long = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])
const short = new Set([
  'AE',
  'AS',
  'AT',
  'CS',
  'DA',
  'DS',
  'DT',
  'FD',
  'FL',
  'IS',
  'LO',
  'LT',
  'PN',
  'SH',
  'SL',
  'SS',
  'ST',
  'TM',
  'UI',
  'UL',
  'US',
])

/** Sequences in sequences: no slide has more than five. */
const DEEPEST = 24
/** Bytes of a text: the longest that means anything to a slide are lists of a few numbers. */
const LONGEST_TEXT = 1024

/** The header goes on beyond the bytes that are here, at least to `end`. */
export class NeedsMore extends Error {
  constructor(readonly end: number) {
    super(`the header goes on to byte ${end}`)
  }
}

export interface Element {
  readonly tag: number
  /** Empty where the syntax is implicit, and of items and delimiters. */
  readonly vr: string
  /** Where its value begins. */
  readonly at: number
  /** Bytes of its value, or UNDEFINED. */
  readonly length: number
}

/** Bytes with their place in words: `uri` is who is to blame. */
export interface Bytes {
  readonly uri: string
  readonly view: DataView
  /** The bytes are the beginning of a longer file. */
  readonly more: boolean
  /** Numbers are written with their lowest byte first. */
  readonly little: boolean
}

export const bytesOf = (uri: string, { buffer, byteOffset, length }: Uint8Array, more = false): Bytes => ({
  uri,
  view: new DataView(buffer, byteOffset, length),
  more,
  little: true,
})

export const nameOf = (tag: number): string => {
  const digits = tag.toString(16).padStart(8, '0').toUpperCase()
  return `(${digits.slice(0, 4)},${digits.slice(4)})`
}

export function malformed(uri: string, fact: string): SlideError {
  return new SlideError('SLIDE_MALFORMED', `${uri} ${fact}`, { hint: 'copy or export it again: its DICOM header is damaged' })
}

export function tooLarge(uri: string, fact: string): SlideError {
  return new SlideError('SLIDE_TOO_LARGE', `${uri} ${fact}`, {
    hint: 'if it is sound, a program may raise the bound: openSlide(uri, { limits })',
  })
}

function need({ uri, view, more }: Bytes, end: number): void {
  if (end <= view.byteLength) return
  if (more) throw new NeedsMore(end)
  throw new SlideError('SLIDE_TRUNCATED', `${uri} ends at byte ${view.byteLength} in the middle of its DICOM header`, {
    hint: 'the file is incomplete: copy it again',
  })
}

export function groupAt(bytes: Bytes, at: number): number {
  need(bytes, at + 2)
  return bytes.view.getUint16(at, bytes.little)
}

/** The head of the element at `at`; its value may lie beyond the bytes. */
export function elementAt(bytes: Bytes, at: number, explicit: boolean): Element {
  need(bytes, at + 8)
  const { view, uri, little } = bytes
  const group = view.getUint16(at, little)
  const tag = group * 65_536 + view.getUint16(at + 2, little)
  if (!explicit || group === 0xfffe) return { tag, vr: '', at: at + 8, length: view.getUint32(at + 4, little) }
  const vr = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5))
  if (long.has(vr)) {
    need(bytes, at + 12)
    return { tag, vr, at: at + 12, length: view.getUint32(at + 8, little) }
  }
  if (!short.has(vr)) throw malformed(uri, `has an element ${nameOf(tag)} of a type that is none (${JSON.stringify(vr)})`)
  return { tag, vr, at: at + 8, length: view.getUint16(at + 6, little) }
}

/** Where the element after this one begins. */
export function endOf(bytes: Bytes, element: Element, explicit: boolean, depth = 0): number {
  if (element.length !== UNDEFINED) return element.at + element.length
  if (depth > DEEPEST) throw malformed(bytes.uri, `has more than ${DEEPEST} sequences in one another`)
  // What is of an unknown type was written without types.
  const typed = explicit && element.vr !== 'UN'
  const [inside, last] = element.tag === ITEM ? [typed, ITEM_END] : [typed, SEQUENCE_END]
  for (let at = element.at; ; ) {
    const next = elementAt(bytes, at, inside)
    if (next.tag === last) return next.at
    if (element.tag !== ITEM && next.tag !== ITEM) throw malformed(bytes.uri, `has ${nameOf(next.tag)} where an item should be`)
    if (element.tag === ITEM && Math.floor(next.tag / 65_536) === 0xfffe)
      throw malformed(bytes.uri, `has ${nameOf(next.tag)} in the middle of an item`)
    at = endOf(bytes, next, inside, depth + 1)
  }
}

/** The elements of a data set, or of an item of a sequence. */
export class DataSet implements Attributes {
  readonly #bytes: Bytes
  readonly #explicit: boolean
  readonly #elements: ReadonlyMap<number, Element>

  constructor(bytes: Bytes, explicit: boolean, elements: ReadonlyMap<number, Element>) {
    this.#bytes = bytes
    this.#explicit = explicit
    this.#elements = elements
  }

  element(tag: number): Element | undefined {
    return this.#elements.get(tag)
  }

  text(tag: number): string | undefined {
    const element = this.#elements.get(tag)
    if (element === undefined || element.length === UNDEFINED || element.length > LONGEST_TEXT) return undefined
    const { buffer, byteOffset } = this.#bytes.view
    const text = Buffer.from(buffer, byteOffset + element.at, element.length).toString('latin1')
    return text.replace(/[\0 ]+$/, '').trimStart() || undefined
  }

  texts(tag: number): readonly string[] {
    return (
      this.text(tag)
        ?.split('\\')
        .map((part) => part.trim()) ?? []
    )
  }

  decimals(tag: number): readonly number[] {
    return decimalsIn(this.texts(tag))
  }

  number(tag: number, implied: NumberType): number | undefined {
    const element = this.#elements.get(tag)
    if (element === undefined) return undefined
    const vr = element.vr === '' || element.vr === 'UN' ? implied : element.vr
    if (vr === 'IS' || vr === 'DS') return this.decimals(tag)[0]
    const { view, little } = this.#bytes
    const { at, length } = element
    if (length === UNDEFINED) return undefined
    if (vr === 'US' && length >= 2) return view.getUint16(at, little)
    if (vr === 'UL' && length >= 4) return view.getUint32(at, little)
    if (vr === 'SL' && length >= 4) return view.getInt32(at, little)
    if (vr === 'FL' && length >= 4) return view.getFloat32(at, little)
    if (vr === 'FD' && length >= 8) return view.getFloat64(at, little)
    return undefined
  }

  /** The bytes of a value. */
  bytes(tag: number): Uint8Array | undefined {
    const element = this.#elements.get(tag)
    if (element === undefined || element.length === UNDEFINED) return undefined
    const { buffer, byteOffset } = this.#bytes.view
    return new Uint8Array(buffer, byteOffset + element.at, element.length)
  }

  *items(tag: number): Generator<DataSet, void, undefined> {
    const sequence = this.#elements.get(tag)
    if (sequence === undefined) return
    const inside = this.#explicit && sequence.vr !== 'UN'
    const end = sequence.length === UNDEFINED ? Infinity : sequence.at + sequence.length
    for (let at = sequence.at; at < end; ) {
      const item = elementAt(this.#bytes, at, inside)
      if (item.tag === SEQUENCE_END) return
      if (item.tag !== ITEM) throw malformed(this.#bytes.uri, `has ${nameOf(item.tag)} where an item of ${nameOf(tag)} should be`)
      const { set, next } = elementsOfItem(this.#bytes, item, inside)
      if (next > end) throw malformed(this.#bytes.uri, `has an item that is longer than its sequence ${nameOf(tag)}`)
      yield set
      at = next
    }
  }

  first(tag: number): DataSet | undefined {
    return this.items(tag).next().value ?? undefined
  }
}

function elementsOfItem(bytes: Bytes, item: Element, explicit: boolean): { readonly set: DataSet; readonly next: number } {
  const elements = new Map<number, Element>()
  const set = new DataSet(bytes, explicit, elements)
  const end = item.length === UNDEFINED ? Infinity : item.at + item.length
  let at = item.at
  while (at < end) {
    const element = elementAt(bytes, at, explicit)
    if (element.tag === ITEM_END) return { set, next: element.at }
    at = endOf(bytes, element, explicit)
    need(bytes, at)
    if (!elements.has(element.tag)) elements.set(element.tag, element)
  }
  if (at > end) throw malformed(bytes.uri, 'has an element that is longer than its item')
  return { set, next: at }
}
