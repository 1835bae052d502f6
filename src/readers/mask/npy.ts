/** NumPy arrays as masks: rows × columns, with or without channels before or after them, in either order of memory. */

import { type NpyHeader, npyHeadBytes, npyHeader } from '../../geometry/npy.js'
import { fitsProportions } from '../../geometry/proportions.js'
import type { Size } from '../../geometry/region.js'
import { setPixels } from '../../geometry/samples.js'
import { channelsFor, tissueIn } from './chosen.js'
import { Labels } from './labels.js'
import { checkSize, type MaskFile, type MaskPicture, rowsAtOnce } from './mask-picture.js'
import { Shares } from './shares.js'

type Axis = 'y' | 'x' | 'c'

export async function openNpy({ source, slide, signal, numbers }: MaskFile): Promise<MaskPicture> {
  const head = npyHeader(await source.read(0, Math.min(npyHeadBytes, source.size), signal), source.size)
  const { axes, lengths } = axesOf(head, slide)
  const of = (axis: Axis) => lengths[axes.indexOf(axis)] ?? 1
  const turned = axes.indexOf('x') < axes.indexOf('y')
  const [height, width, channels] = turned ? [of('x'), of('y'), of('c')] : [of('y'), of('x'), of('c')]
  checkSize({ width, height })
  const { bytes } = head.kind
  const warnings: string[] = []
  return {
    width,
    height,
    turned,
    warnings,
    async *rows(signal) {
      const interleaved = axes.at(-1) === 'c' ? channels : 1
      const planes = axes[0] === 'c' ? channels : 1
      const read = numbers === undefined ? planes : 1
      const run = width * interleaved
      const most = rowsAtOnce(run * bytes)
      const set = new Uint8Array(most * run)
      const isTissue = tissueIn(head.kind, /i/.test(head.descr), numbers)
      const [shares, labels] = [new Shares(), new Labels()]
      for (let y = 0; y < height; y += most) {
        const count = Math.min(most, height - y)
        const out = new Uint8Array(count * width)
        for (let plane = 0; plane < read; plane++) {
          const data = await source.read(head.at + (plane * height + y) * run * bytes, count * run * bytes, signal)
          isTissue(data, count * run, set)
          if (numbers === undefined) shares.take(data, count * run, head.kind)
          if (numbers === undefined && channels === 1 && bytes === 1) labels.take(data)
          setPixels(set, count * width, channelsFor({ count: interleaved, values: interleaved }, numbers), set)
          if (plane === 0) out.set(set.subarray(0, out.length))
          else for (let i = 0; i < out.length; i++) out[i]! |= set[i]!
        }
        yield out
      }
      shares.warn(warnings)
      labels.warn(warnings)
      if (channels > 1)
        warnings.push(
          `it has ${channels} channels: ${numbers === undefined ? 'a pixel is tissue where any of them is not 0' : 'the classes are those of the first'}`,
        )
    },
  }
}

/** Which axis is which, in the order of memory. Axes of length 1 around rows and columns say nothing. */
function axesOf({ shape, columnsFirst }: NpyHeader, slide: Size): { readonly axes: readonly Axis[]; readonly lengths: readonly number[] } {
  const lengths = [...shape]
  while (lengths.length > 2 && lengths[0] === 1) lengths.shift()
  while (lengths.length > 2 && lengths.at(-1) === 1) lengths.pop()
  if (lengths.length < 2 || lengths.length > 3) {
    throw new RangeError(`an array of ${shape.length} axes (${shape.join(' x ')}) is no mask: it has two, or three with channels`)
  }
  const axes: Axis[] =
    lengths.length === 2 ? ['y', 'x'] : channelsLast(lengths as [number, number, number], slide) ? ['y', 'x', 'c'] : ['c', 'y', 'x']
  return columnsFirst ? { axes: axes.reverse(), lengths: lengths.reverse() } : { axes, lengths }
}

/** By the slide's proportions where they decide; else the shorter of the outer axes is that of channels. */
function channelsLast([a, b, c]: readonly [number, number, number], slide: Size): boolean {
  const last = fitsProportions({ width: b, height: a }, slide)
  const first = fitsProportions({ width: c, height: b }, slide)
  return last === first ? c <= a : last
}
