/**
 * Gathers patches and reads them in one call, so that each compressed tile is decoded once. The pictures of one batch lie side
 * by side in one buffer of their own, per head: the batch is then that buffer, and may be handed to another thread whole.
 */

import { nameIn, withoutSecrets } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import type { Patch, PatchImage } from '../../core/items.js'
import { folderOf } from '../../core/picture-path.js'
import type { Head } from '../../core/pictures.js'
import { resolveOn } from '../../core/resolve.js'
import type { ReadOptions, ReadRequest, Slide } from '../../core/slide.js'
import type { PixelMemory, Stage, StageContext } from '../../core/stage.js'
import { centred } from '../../geometry/region.js'
import type { Resolved } from '../../geometry/resolution.js'
import type { ExtractOptions } from './spec.js'

export default (options: ExtractOptions): Stage<'patch', 'image'> => {
  async function* extract(patches: AsyncIterable<Patch>, ctx: StageContext): AsyncGenerator<PatchImage> {
    let gathered: Patch[] = []
    for await (const patch of patches) {
      gathered.push(patch)
      if (gathered.length < options.together) continue
      yield* await read(gathered, options, ctx)
      gathered = []
    }
    if (gathered.length > 0) yield* await read(gathered, options, ctx)
  }
  const ahead: Stage<'patch', 'image'>['ahead'] = (patches, slide) => slide.ahead?.(requestsOf(patches, options, slide), how(options))
  return Object.assign(extract, { ahead })
}

/** Of every patch, for every head. */
function requestsOf(
  patches: readonly Patch[],
  { heads = [undefined] }: { readonly heads?: readonly (Head | undefined)[] | undefined },
  slide: Slide,
): ReadRequest[] {
  return heads.flatMap((head) => requestsFor(patches, head, slide))
}

const how = ({ compat, decode }: ExtractOptions): ReadOptions => ({ resampling: compat ?? 'exact', decode })

async function read(
  patches: readonly Patch[],
  options: ExtractOptions,
  { slide, signal, pixelMemory }: StageContext,
): Promise<PatchImage[]> {
  signal.throwIfAborted()
  const heads = options.heads ?? [undefined]
  const requests = requestsOf(patches, options, slide)
  const pixels = roomFor(requests, heads.length, options.chunk ?? patches.length, pixelMemory)
  const readOptions: ReadOptions = {
    ...how(options),
    signal,
    keepBelow: patches.reduce((most, { region }) => Math.max(most, region.y + region.height), Number.NEGATIVE_INFINITY),
  }
  const errors = await slide.read(requests, pixels, readOptions)
  const sizes = options.heads?.map(({ width, height }) => ({ width, height }))
  return patches.map((patch, i) => {
    const own = heads.map((_, h) => h * patches.length + i)
    const failed = own.map((at) => errors[at]).find((e) => e)
    if (failed && options.on_error === 'fail') throw unreadable(patch, failed)
    const shared = sizes === undefined ? { patch } : { patch, sizes }
    if (failed)
      return { ...shared, status: 'unreadable', error: placeless(failed, patch, slide), pixels: heads.map(() => new Uint8Array(0)) }
    return { ...shared, status: 'ok', pixels: own.map((at) => pixels[at]!) }
  })
}

/** Without a head, or with one that has no resolution of its own, the patch itself; else a region around its centre. */
function requestsFor(patches: readonly Patch[], head: Head | undefined, slide: Slide): ReadRequest[] {
  const own: Resolved | undefined = head?.at && resolveOn(slide.info, head.at)
  return patches.map(({ bounds, region, level }) => {
    const { width, height } = head ?? { width: bounds[2] - bounds[0], height: bounds[3] - bounds[1] }
    if (!own) return { region, width, height, ...(level === undefined ? {} : { level }) }
    return { region: centred(region, { width: width / own.scale.x, height: height / own.scale.y }), width, height, level: own.level }
  })
}

/** A place for each picture: for every head, and every `chunk` patches of it, one buffer. Not cleared: each picture is written whole or let go. */
function roomFor(requests: readonly ReadRequest[], heads: number, chunk: number, memory?: PixelMemory): Uint8Array[] {
  const perHead = requests.length / heads
  const room: Uint8Array[] = []
  for (let from = 0; from < requests.length; ) {
    const end = Math.min(from + chunk, (Math.floor(from / perHead) + 1) * perHead)
    const lengths = requests.slice(from, end).map(({ width, height }) => width * height * 3)
    const bytes = lengths.reduce((a, b) => a + b, 0)
    const buffer = memory?.take(bytes) ?? Buffer.allocUnsafeSlow(bytes).buffer
    let at = 0
    for (const length of lengths) {
      room.push(new Uint8Array(buffer, at, length))
      at += length
    }
    from = end
  }
  return room
}

/** A row says the same wherever its slide lies: files are named from the folder of the slide on, a picture of a set as its row has it. */
function placeless(failed: Error, { index, notes }: Patch, { ref, info }: Slide): string {
  const picture = ref.images?.[index]
  if (picture !== undefined && failed instanceof SlideError && failed.code === 'SLIDE_MISSING') return `${notes.file} does not exist`
  const named = picture === undefined ? failed.message : failed.message.replaceAll(withoutSecrets(picture.uri), () => `${notes.file}`)
  const uri = info.uri.replace(/(?<=[^/])[/\\]+$/, '')
  const folder = folderOf(uri)
  const short = named.replaceAll(uri, () => nameIn(uri))
  return /^\.?[/\\]*$/.test(folder) ? short : short.replaceAll(`${folder}/`, '').replaceAll(`${folder}\\`, '')
}

function unreadable(patch: Patch, cause: Error): SlideError {
  const known = cause instanceof SlideError ? cause : undefined
  return new SlideError(known?.code ?? 'TILE_UNDECODABLE', `patch ${patch.index}: ${cause.message}`, {
    hint: known?.hint ?? 'with extract: { on_error: mark } the slide goes on without this patch',
    at: { ...known?.at, slide: patch.slide, patch: patch.index, stage: 'extract' },
    cause,
  })
}
