/** The context of a sink made from a finished table instead of an open slide: everything but the pixels is in its metadata. */

import { modelsOf } from '../../core/columns/asked.js'
import { PipelineError, SlideError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import { type Provided, providedIn } from '../../core/roles.js'
import type { Provenance, SinkContext, SinkPlan } from '../../core/sink.js'
import type { Slide, SlideInfo } from '../../core/slide.js'
import type { TableMetadata } from './metadata.js'

export function recordedContext(metadata: TableMetadata, path: string, signal: AbortSignal): SinkContext {
  return { path, signal, columns: metadata.columns, slide: recordedSlide(metadata.slide), provenance: provenanceOf(metadata) }
}

/** What the spec of a sink is asked about: the models and the grid of the table stand for the stages that had them. */
export function recordedPlan({ slide, columns, provenance }: Pick<SinkContext, 'slide' | 'columns' | 'provenance'>): SinkPlan {
  const { grid, schemaVersion } = provenance
  const models = modelsOf(provenance)
  const card = (name: string): ModelCard => {
    const found = models.find((model) => model.name === name)
    if (found) return found
    throw new PipelineError('MODEL_UNKNOWN', `there is no model '${name}' here`)
  }
  const answers = models.map(({ name, outputs }): Provided => {
    const under = outputs[0]?.under
    return { answers: { model: name, devices: [], ...(under === undefined ? {} : { as: under.slice(0, -1) }) } }
  })
  const stages = [...answers, ...(grid ? [{ grid }] : [])].map((provides) => ({ provides }))
  return { kind: slide.info.kind, columns, card, provided: (role) => providedIn(stages, role), schemaVersion }
}

function recordedSlide({ identity, uri, name, levels = [], ...recorded }: TableMetadata['slide']): Slide {
  const info: SlideInfo = {
    ...recorded,
    uri: uri ?? name ?? recorded.id,
    levels: levels.map((level) => ({ ...level, tile: { width: level.width, height: level.height } })),
    associated: [],
    warnings: [],
    compression: 'unknown',
  }
  const noPixels = () =>
    Promise.reject(
      new SlideError('SLIDE_NO_PICTURE', `${info.id} is known from a table only, which holds no pixels`, {
        hint: 'run the pipeline with this sink, on the slide',
      }),
    )
  return {
    ref: { kind: info.kind, id: info.id, uri: info.uri, carried: {} },
    info,
    identity: { ...identity, modified: 0 },
    read: noPixels,
    associated: noPixels,
    counts: () => ({ tilesTouched: 0, tilesDecoded: 0, bytesRead: 0, pixelsDecoded: 0, fetchMs: 0, decodeMs: 0, resampleMs: 0 }),
    close: () => Promise.resolve(),
  }
}

/** What made a table, as it says itself. */
export function provenanceOf(table: TableMetadata): Provenance {
  const { schemaVersion, tiastreamVersion, fingerprint, model, others, grid, decode, computed } = table
  const models = { ...(model ? { model: cardOf(model) } : {}), ...(others ? { others: others.map(cardOf) } : {}) }
  const made = { ...(grid ? { grid } : {}), ...(decode ? { decode } : {}), ...(computed ? { computed } : {}) }
  return { schemaVersion, tiastreamVersion, fingerprint, ...models, ...made }
}

/** A card without its file: name, classes and colours are what outputs ask of it. */
function cardOf(model: NonNullable<TableMetadata['model']>): ModelCard {
  const outputs = model.outputs.map((output) => ({ ...output, inGraph: 'none' as const, apply: 'none' as const, about: [] }))
  return { ...model, folder: '', file: '', about: '', inputs: [], outputs, batch: null }
}
