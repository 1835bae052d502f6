/** Opens bytes as a slide: writes them to a file of the test's own folder first. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import type { ReadOptions, ReadRequest, Slide, SlideKind, SlideRef } from '../../src/core/slide.js'
import { openSlide } from '../../src/readers/open.js'
import type { OpenOptions } from '../../src/readers/open-with.js'

export const refTo = (uri: string, kind: SlideKind = 'slide', more: Partial<SlideRef> = {}): SlideRef => ({
  kind,
  id: 'x',
  uri,
  carried: {},
  ...more,
})

/** A folder that goes away with the test. */
export async function folderOf(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tiastream-readers-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function fileOf(t: ExecutionContext, bytes: Uint8Array, name = 'a.tif'): Promise<string> {
  const file = path.join(await folderOf(t), name)
  await writeFile(file, bytes)
  return file
}

export async function openAt(
  t: ExecutionContext,
  uri: string,
  kind: SlideKind = 'slide',
  options: OpenOptions = {},
  more: Partial<SlideRef> = {},
): Promise<Slide> {
  const slide = await openSlide(refTo(uri, kind, more), options)
  t.teardown(() => slide.close())
  return slide
}

export async function openBytes(
  t: ExecutionContext,
  bytes: Uint8Array,
  kind: SlideKind = 'slide',
  options: OpenOptions = {},
): Promise<Slide> {
  return openAt(t, await fileOf(t, bytes), kind, options)
}

/** One picture, or its error thrown. */
export async function readOne(slide: Slide, request: ReadRequest, options = {}): Promise<Uint8Array> {
  const out = new Uint8Array(request.width * request.height * 3)
  const [error] = await slide.read([request], [out], options)
  if (error) throw error
  return out
}

/** A whole level as it is stored. */
export function readLevel(slide: Slide, level: number): Promise<Uint8Array> {
  const { width, height } = slide.info.levels[level]!
  const region = { x: 0, y: 0, width: slide.info.width, height: slide.info.height }
  return readOne(slide, { region, width, height, level })
}

/** The same where its last pixels may lie before the end of level 0, which is no multiple. */
export function readOwnLevel(slide: Slide, level: number): Promise<Uint8Array> {
  const { width, height, downsample } = slide.info.levels[level]!
  return readOne(slide, { region: { x: 0, y: 0, width: width * downsample.x, height: height * downsample.y }, width, height, level })
}

/** `width` × `height` pixels from x, y of level 0, unscaled. */
export const cut = (slide: Slide, x: number, y: number, width: number, height: number, options: ReadOptions = {}): Promise<Uint8Array> =>
  readOne(slide, { region: { x, y, width, height }, width, height, level: 0 }, options)

/** Equal bytes; says where they first differ. Comparing long arrays through AVA takes seconds. */
export function same(t: ExecutionContext, got: Uint8Array, wanted: Uint8Array, what = 'the pixels'): void {
  if (got.length === wanted.length && Buffer.from(got.buffer, got.byteOffset, got.length).equals(wanted)) t.pass()
  else {
    const at = got.findIndex((v, i) => v !== wanted[i])
    t.fail(`${what}: byte ${at} of ${got.length} is ${got[at]}, not ${wanted[at]} (of ${wanted.length})`)
  }
}
