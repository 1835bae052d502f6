/** What a stage gets in a test: the slide, a signal, and a list of what it told. */

import { Bug } from '../../src/core/errors.js'
import type { StageEvent } from '../../src/core/events.js'
import type { ModelCard } from '../../src/core/model.js'
import { objectOf } from '../../src/core/options.js'
import { providedBy, providedIn } from '../../src/core/roles.js'
import type { Slide, SlideKind } from '../../src/core/slide.js'
import type { AnyStageSpec, PlanContext, StageContext } from '../../src/core/stage.js'
import { stages } from '../../src/stages/registry.js'

export function contextFor(
  slide: Slide,
  signal: StageContext['signal'] = new AbortController().signal,
): StageContext & { readonly told: StageEvent[] } {
  const told: StageEvent[] = []
  return {
    slide,
    signal,
    told,
    tell: (event) => told.push(event),
    model: (name) => {
      throw new Bug(`no model ${name} here`)
    },
  }
}

/** `others`: options of the other stages, filled in, by their names. */
export function planOf(
  kind: SlideKind,
  others: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
  cards: Readonly<Record<string, ModelCard>> = {},
): PlanContext {
  return {
    kind,
    card: (name) => {
      const card = cards[name]
      if (!card) throw new Bug(`no card ${name} here`)
      return card
    },
    provided: (role) =>
      providedIn(
        Object.entries(others).map(([name, options]) => ({ provides: providedBy(stages[name]!, asRead(name, options)) })),
        role,
      ),
  }
}

/** With what they are unless said; options that are filled in already stay as they are. */
function asRead(name: string, options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const read = objectOf(stages[name]!.options).safeParse(options)
  return read.success ? read.data : options
}

/** Options as a plan gives them to a stage: parsed from what a person writes, and completed. */
export function filledIn(
  spec: AnyStageSpec,
  written: Readonly<Record<string, unknown>>,
  plan: PlanContext,
): Readonly<Record<string, unknown>> {
  const parsed = objectOf(spec.options).parse(written)
  return spec.complete?.(parsed, plan) ?? parsed
}

export async function* from<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** A card with the heads given, and nothing else of interest. */
export function cardWith(inputs: ModelCard['inputs'], more: Partial<ModelCard> = {}): ModelCard {
  return { folder: '/m', name: 'm', file: '/m/model.onnx', sha256: '', about: '', inputs, outputs: [], batch: null, ...more }
}

export function head(width: number, height: number, more: Partial<ModelCard['inputs'][number]> = {}): ModelCard['inputs'][number] {
  return { name: 'x', width, height, layout: 'NHWC', channels: 'RGB', dtype: 'uint8', scale: 1, mean: [0, 0, 0], std: [1, 1, 1], ...more }
}
