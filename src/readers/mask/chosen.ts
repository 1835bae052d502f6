/** Which samples of a mask are tissue: all but 0, of any channel, or those of the numbers that are asked for, of the first. */

import { type Channels, chosenSamples, type SampleKind, sampleOf, setSamples } from '../../geometry/samples.js'

/** Writes 1 for each sample that is tissue, else 0. */
export type IsTissue = (data: Uint8Array, count: number, out: Uint8Array) => void

export function tissueIn(kind: SampleKind, signed: boolean, numbers: readonly number[] | undefined): IsTissue {
  if (numbers === undefined) return (data, count, out) => setSamples(data, count, kind, out)
  const chosen = numbers.flatMap((number) => sampleOf(String(number), kind, signed) ?? [])
  return (data, count, out) => chosenSamples(data, count, kind.bytes, chosen, out)
}

export const channelsFor = (channels: Channels, numbers: readonly number[] | undefined): Channels =>
  numbers === undefined ? channels : { ...channels, values: 1 }

/** Of a palette, whose numbers say nothing but by their colours. */
export const chosenOf = (numbers: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, i) => (numbers.includes(i) ? 1 : 0))

/** Formats of pictures give colours, and lossy ones no two alike. */
export function refuseNumbers(numbers: readonly number[] | undefined, format: string): void {
  if (numbers !== undefined) throw new RangeError(`it is ${format}, whose colours are no numbers of classes: save it as PNG, TIFF or .npy`)
}
