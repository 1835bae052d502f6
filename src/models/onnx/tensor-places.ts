/** Where a tensor lies that is kept in another file: held against that file, and read from it. */

import { open, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import { elementTypeOf } from './element-types.js'
import { isPointer, pointerHint } from './git-pointer.js'
import type { ModelProto, TensorProto } from './schema.js'
import { dimsOf } from './view.js'

const bytesOf: Readonly<Record<string, number>> = {
  ...{ float32: 4, uint8: 1, int8: 1, uint16: 2, int16: 2, int32: 4, int64: 8, bool: 1 },
  ...{ float16: 2, float64: 8, uint32: 4, uint64: 8, bfloat16: 2 },
}

/**
 * The model with what is small among those tensors, so that the arithmetic of a graph is seen wherever its numbers lie (`size_threshold=0`). Throws
 * EXTERNAL_DATA where a tensor is not where it says, as in a download that broke off.
 */
export async function withSmallTensors(file: string, model: ModelProto): Promise<ModelProto> {
  const graph = model.graph!
  if (!graph.initializer.some(({ dataLocation }) => dataLocation === 1)) return model
  const read = new Map<string, Uint8Array>()
  const sizes = new Map<string, number>()
  const initializer: TensorProto[] = []
  for (const tensor of graph.initializer) {
    const place = tensor.dataLocation === 1 ? placeOf(tensor) : null
    if (place === null || place.length === null) {
      initializer.push(tensor)
      continue
    }
    const other = path.join(path.dirname(file), place.location)
    const size = sizes.get(other) ?? (await stat(other)).size
    sizes.set(other, size)
    if (!isInside(place, place.length, size)) throw refused(file, tooShort(tensor, place, place.length, size), await hintOf(other, size))
    if (place.length > mostSmall) initializer.push(tensor)
    else
      initializer.push({
        ...tensor,
        rawData: await readOnce(other, tensor, { ...place, length: place.length }, read, (why) => refused(file, why)),
      })
  }
  return { ...model, graph: { ...graph, initializer } }
}

/** Numbers of pixels and of channels; weights are larger. */
const mostSmall = 1024
/** A pointer has some 130 bytes. */
const mostOfPointer = 1024

const again = 'save it again in one file, or export it again'

export const refused = (file: string, why: string, hint = again) => new ModelError('EXTERNAL_DATA', `${file}: ${why}`, { hint })

/** Of a file that is too short: what came in its place. */
async function hintOf(other: string, size: number): Promise<string> {
  const head = size <= mostOfPointer ? await readFile(other) : null
  return head && isPointer(head)
    ? `${path.basename(other)}: ${pointerHint}`
    : `was its download, or its copy, cut off? Fetch it again, or ${again}`
}

interface PlaceOutside {
  readonly location: string
  readonly from: number
  /** Bytes; null: of a type that is not known here. */
  readonly length: number | null
  readonly said: number | null
}

function placeOf(tensor: TensorProto): PlaceOutside {
  const said = new Map((tensor.externalData ?? []).map(({ key, value }) => [key, value]))
  const each = bytesOf[elementTypeOf(tensor.dataType) ?? ''] ?? 0
  const length = said.get('length')
  return {
    location: said.get('location') ?? '',
    from: Number(said.get('offset') ?? 0),
    length: each === 0 ? null : dimsOf(tensor).reduce((product, size) => product * size, each),
    said: length === undefined ? null : Number(length),
  }
}

const isInside = ({ from, said }: PlaceOutside, length: number, size: number): boolean =>
  Number.isSafeInteger(from) && from >= 0 && length >= 0 && from + length <= size && (said ?? length) === length

const tooShort = ({ name }: TensorProto, { location, from }: PlaceOutside, length: number, size: number): string =>
  `${name} needs ${length} bytes from ${from} on, and ${location} has ${size}`

/** The bytes of a tensor; `read` holds those that were read before. */
export async function bytesAt(tensor: TensorProto, folder: string, read: Map<string, Uint8Array>, refuse: (why: string) => ModelError) {
  const place = placeOf(tensor)
  const { location, length } = place
  if (length === null) throw refuse(`${tensor.name} is of a type that is not read from other files`)
  const file = path.join(folder, location)
  const { size } = await stat(file)
  if (!isInside(place, length, size)) throw refuse(tooShort(tensor, place, length, size))
  return readOnce(file, tensor, { location, from: place.from, length }, read, refuse)
}

async function readOnce(
  file: string,
  { name }: TensorProto,
  { location, from, length }: Pick<PlaceOutside, 'location' | 'from'> & { readonly length: number },
  read: Map<string, Uint8Array>,
  refuse: (why: string) => ModelError,
): Promise<Uint8Array> {
  const key = `${location}\0${from}\0${length}`
  const known = read.get(key)
  if (known) return known
  const bytes = new Uint8Array(length)
  const handle = await open(file)
  try {
    for (let at = 0; at < length; ) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(length - at, 2 ** 30), from + at)
      if (bytesRead === 0) throw refuse(`${location} ends before ${name} does`)
      at += bytesRead
    }
  } finally {
    await handle.close()
  }
  read.set(key, bytes)
  return bytes
}
