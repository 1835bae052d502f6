/** What every output says of itself: what made it, from which slide, and what its columns mean. Written as JSON, read back with care. */

import * as z from 'zod'
import { nameIn } from '../../core/address.js'
import { onlyGiven } from '../../core/argument.js'
import { isOldSchema } from '../../core/columns/old-names.js'
import { outputNames } from '../../core/columns/output-columns.js'
import type { ModelCard, ModelOutput } from '../../core/model.js'
import { type Column, columnTypes } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { widestVector } from './vector-width.js'

/** The key under which Parquet and Arrow files carry it. */
export const metadataKey = 'tiastream'

/** The key under which files that speak of many slides say what they are. */
export const cohortKey = 'tiastream_cohort'

const size = z.number().nonnegative()

const columnType = z.enum(columnTypes)

const columnSchema = z.object({
  name: z.string(),
  type: columnType,
  nullable: z.boolean().exactOptional(),
  size: z.int().min(1).max(widestVector).exactOptional(),
  element: z.enum(['float32', 'float16']).exactOptional(),
  about: z.string(),
})

const outputSchema = z.object({
  name: z.string(),
  kind: z.enum(['classes', 'features', 'values', 'mask']),
  classes: z.array(
    z.object({
      name: z.string(),
      color: z.string().regex(/^#[0-9a-fA-F]{6}$/),
      /** Of its probability, or of the value. From schema 2 on. */
      column: z.string().exactOptional(),
    }),
  ),
  /** Of features. From schema 2 on. */
  column: z.string().exactOptional(),
  width: z.int().nonnegative(),
  /** What the names of its columns begin with, where several models were asked. */
  under: z.string().exactOptional(),
})

const modelSchema = z.object({
  name: z.string(),
  sha256: z.string(),
  licence: z.string().exactOptional(),
  outputs: z.array(outputSchema),
})

const tableSchema = z.object({
  schemaVersion: z.string(),
  tiastreamVersion: z.string(),
  fingerprint: z.string(),
  slide: z.object({
    id: z.string(),
    /** Of its file or folder; of a set, of the folder that its pictures are named from. Where that lies is no content: the receipt says it. */
    name: z.string().exactOptional(),
    /** Where it lay, in tables of version 0.1. */
    uri: z.string().exactOptional(),
    kind: z.enum(['slide', 'tile', 'set']),
    vendor: z.string(),
    width: size,
    height: size,
    mpp: z.object({ x: size, y: size }).exactOptional(),
    power: size.exactOptional(),
    /** Of a pyramid: how large a picture of it is at a resolution follows from the level that it would be read from. */
    levels: z.array(z.object({ width: size, height: size, downsample: z.object({ x: size, y: size }) })).exactOptional(),
    /** The part that was scanned, in baseline pixels, where the format says it. */
    bounds: z.object({ x: size, y: size, width: size, height: size }).exactOptional(),
    /** Who was let read it besides tiastream. */
    readers: z.object({ openslide: z.enum(['never', 'auto', 'always']).exactOptional() }).exactOptional(),
    identity: z.object({ bytes: size, head: z.string(), blocks: z.string().exactOptional() }),
  }),
  model: modelSchema.exactOptional(),
  /** The models that were asked beside it. */
  others: z.array(modelSchema).exactOptional(),
  grid: z
    .object({
      at: z.object({ value: z.number(), units: z.enum(['mpp', 'power', 'level', 'baseline']) }),
      patch: z.tuple([size, size]),
      stride: z.tuple([size, size]),
      placed: z.literal(true).exactOptional(),
    })
    .exactOptional(),
  /** How JPEG was decoded, where it was not exactly. */
  decode: z.literal('fast').exactOptional(),
  /** By which device its models were computed, and in which numbers. */
  computed: z.object({ device: z.string(), precision: z.string() }).exactOptional(),
  columns: z.array(columnSchema).min(1),
})

export type TableMetadata = z.output<typeof tableSchema>

export function metadataOf({ columns, slide, provenance }: Pick<SinkContext, 'columns' | 'slide' | 'provenance'>): TableMetadata {
  const { info, identity, ref } = slide
  const { schemaVersion, tiastreamVersion, fingerprint, model, others, grid, decode, computed } = provenance
  return {
    schemaVersion,
    tiastreamVersion,
    fingerprint,
    slide: {
      id: info.id,
      name: nameIn(ref.root ?? info.uri),
      kind: info.kind,
      vendor: info.vendor,
      width: info.width,
      height: info.height,
      ...(info.mpp ? { mpp: { x: info.mpp.x, y: info.mpp.y } } : {}),
      ...(info.power === undefined ? {} : { power: info.power }),
      ...(info.levels.length > 1 ? { levels: info.levels.map(({ width, height, downsample }) => ({ width, height, downsample })) } : {}),
      ...(info.bounds === undefined ? {} : { bounds: info.bounds }),
      ...(ref.readers?.openslide === undefined ? {} : { readers: { openslide: ref.readers.openslide } }),
      // Its time is left out: a copied slide gives the same bytes.
      identity: { bytes: identity.bytes, head: identity.head, ...(identity.blocks === undefined ? {} : { blocks: identity.blocks }) },
    },
    ...(model ? { model: recordOf(model, schemaVersion) } : {}),
    ...(others ? { others: others.map((other) => recordOf(other, schemaVersion)) } : {}),
    ...(grid
      ? {
          grid: {
            at: { value: grid.at.value, units: grid.at.units },
            patch: [grid.patch[0], grid.patch[1]] as [number, number],
            stride: [grid.stride[0], grid.stride[1]] as [number, number],
            ...(grid.placed ? { placed: true as const } : {}),
          },
        }
      : {}),
    ...(decode ? { decode } : {}),
    ...(computed ? { computed: { device: computed.device, precision: computed.precision } } : {}),
    columns: columns.map(plainColumn),
  }
}

function recordOf({ name, sha256, licence, outputs }: ModelCard, schemaVersion: string): NonNullable<TableMetadata['model']> {
  return { name, sha256, ...(licence === undefined ? {} : { licence }), outputs: outputsOf(outputs, schemaVersion) }
}

/** Each class and value with its column, so that no reader has to know how names are made. */
function outputsOf(outputs: readonly ModelOutput[], schemaVersion: string): NonNullable<TableMetadata['model']>['outputs'] {
  const names = isOldSchema(schemaVersion) ? [] : outputNames(outputs)
  return outputs.map(({ name, kind, classes, width, under }, o) => {
    const { numbers = [], vector = '' } = names[o] ?? {}
    return {
      name,
      kind,
      classes: classes.map((one, i) => ({
        name: one.name,
        color: one.color,
        ...(numbers[i] === undefined ? {} : { column: numbers[i] }),
      })),
      width,
      ...(vector === '' ? {} : { column: vector }),
      ...(under === undefined ? {} : { under }),
    }
  })
}

function plainColumn({ name, type, nullable, size, element, about }: Column): TableMetadata['columns'][number] {
  return { name, type, ...onlyGiven({ nullable, size, element }), about }
}

/** The metadata of a file made by tiastream; null when the text is something else. */
export function parseMetadata(text: string): TableMetadata | null {
  try {
    return tableSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}
