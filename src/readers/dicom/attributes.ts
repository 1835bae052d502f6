/** What a DICOM data set says, by tag, however it is written: as elements of a file, or as the JSON of a server. */

export interface Attributes {
  /** A text without its padding, values joined by `\\`; undefined where there is none, or an empty one. */
  text(tag: number): string | undefined
  /** The values of a text: `A\\B`. */
  texts(tag: number): readonly string[]
  /** The numbers of a text (types DS and IS), each finite, or none. */
  decimals(tag: number): readonly number[]
  /** The first number of a binary element, or of a text. `implied` is the type where nobody says one. */
  number(tag: number, implied: NumberType): number | undefined
  /** The items of a sequence, one at a time. */
  items(tag: number): Generator<Attributes, void, undefined>
  /** The first item of a sequence. */
  first(tag: number): Attributes | undefined
}

export type NumberType = 'US' | 'UL' | 'FL' | 'FD' | 'SL' | 'IS' | 'DS'

/** The numbers of texts, each finite, or none. */
export function decimalsIn(texts: readonly string[]): readonly number[] {
  const values = texts.map((text) => (text === '' ? Number.NaN : Number(text)))
  return values.every(Number.isFinite) ? values : []
}
