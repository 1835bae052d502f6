/** Which samples of a mask are tissue: all but 0, of any channel, or those of the numbers that are asked for, of the first. */

import { type Channels, chosenSamples, type SampleKind, sampleOf, setSamples, unsetSamples } from '../../geometry/samples.js'

/** The classes of a mask as its numbers. */
export interface Numbers {
  /** Absent: all but 0. */
  readonly only?: readonly number[]
  /** Of those, what is none all the same. */
  readonly not: readonly number[]
}

const has = ({ only, not }: Numbers, number: number): boolean => (only?.includes(number) ?? number !== 0) && !not.includes(number)

/** Writes 1 for each sample that is tissue, else 0. Of single bytes it may write over them. */
export type IsTissue = (data: Uint8Array, count: number, out: Uint8Array) => void

export function tissueIn(kind: SampleKind, signed: boolean, numbers: Numbers | undefined): IsTissue {
  if (numbers === undefined) return (data, count, out) => setSamples(data, count, kind, out)
  if (kind.bytes === 1) {
    const set = Uint8Array.from({ length: 256 }, (_, i) => (has(numbers, signed && i > 127 ? i - 256 : i) ? 1 : 0))
    return (data, count, out) => {
      for (let i = 0; i < count; i++) out[i] = set[data[i]!]!
    }
  }
  const samplesOf = (of: readonly number[]) => of.flatMap((number) => sampleOf(String(number), kind, signed) ?? [])
  const only = numbers.only && samplesOf(numbers.only)
  const not = samplesOf(numbers.not)
  return (data, count, out) => {
    if (only === undefined) setSamples(data, count, kind, out)
    else chosenSamples(data, count, kind.bytes, only, out)
    for (const sample of not) unsetSamples(data, count, sample, out)
  }
}

export const channelsFor = (channels: Channels, numbers: Numbers | undefined): Channels =>
  numbers === undefined ? channels : { ...channels, values: 1 }

/** Of a palette, whose numbers say nothing but by their colours. */
export const chosenOf = (numbers: Numbers): Uint8Array => Uint8Array.from({ length: 256 }, (_, i) => (has(numbers, i) ? 1 : 0))

export const isZeroTissue = (numbers: Numbers | undefined): boolean => numbers !== undefined && has(numbers, 0)

/** Formats of pictures give colours, and lossy ones no two alike. */
export function refuseNumbers(numbers: Numbers | undefined, format: string): void {
  if (numbers !== undefined) throw new RangeError(`it is ${format}, whose colours are no numbers of classes: save it as PNG, TIFF or .npy`)
}
