/**
 * A stage of a plugin, held to what a stage promises: it takes all that it is given, gives what it says, the patches it was given and in their
 * order, the columns of its spec and no others, pictures of the size they have. A signal is obeyed, whatever the stage waits for.
 */

import { isObject, shown } from '../../../core/argument.js'
import type { Batch } from '../../../core/batch.js'
import { batchProblem } from '../../../core/batches/batch-check.js'
import { checkedValue } from '../../../core/batches/value-check.js'
import type { Item, Items, Patch, PatchBatch, PatchImage, PatchStatus } from '../../../core/items.js'
import type { Column } from '../../../core/row.js'
import type { Slide } from '../../../core/slide.js'
import type { AnyStage, StageContext } from '../../../core/stage.js'
import { untilAborted } from '../../../flow/until-aborted.js'
import type { StageWork } from '../environment.js'
import type { AnyPluginStage } from '../plugin.js'
import { broken, failed, loadedBy, type Part } from './failed.js'
import { Lent } from './lent.js'

/** `plugin`: absent of a stage that a program made and gives to `compose`. */
export function guardedWork({ name, from, to, provides, load }: AnyPluginStage, plugin?: string): StageWork {
  const part: Part = { kind: 'stage', name, plugin }
  const kinds: Kinds = { from, to }
  return async () => {
    const { default: make } = await loadedBy(part, load)
    if (typeof make !== 'function') throw broken(part, 'loads a module whose default export is no function of options')
    return {
      default: (options, { columns }) => {
        const stage: unknown = make(options)
        if (typeof stage !== 'function')
          throw broken(part, `gives ${wordOf(stage)} for its options, not an async generator (input, context)`)
        // The columns of a model's answers are made of its outputs, not noted on patches.
        const noted = provides?.answers ? [] : columns
        return (input, ctx) => guarded(part, kinds, noted, stage as AnyStage, input, ctx)
      },
    }
  }
}

interface Kinds {
  readonly from: Item
  readonly to: Item
}

async function* guarded(
  part: Part,
  kinds: Kinds,
  columns: readonly Column[],
  stage: AnyStage,
  input: AsyncIterable<unknown>,
  ctx: StageContext,
): AsyncGenerator<unknown> {
  let before: { readonly error: unknown } | undefined
  const watch = new Watch(part, kinds, columns, ctx.gives ?? [])
  const lent = new Lent()
  let through = false
  const watched = async function* () {
    try {
      for await (const item of input) {
        watch.took(item)
        lent.took(kinds.from, item)
        yield item
      }
      through = true
    } catch (error) {
      before = { error }
      throw error
    }
  }
  let iterator: AsyncIterator<unknown> | undefined
  let done = false
  try {
    iterator = stage(watched(), ctx)?.[Symbol.asyncIterator]?.()
    if (!iterator) throw broken(part, 'gives no stream: it must be an async generator')
    for (;;) {
      const next = await untilAborted(Promise.resolve(iterator.next()), ctx.signal)
      done = next.done === true
      if (done) {
        // It has caught what was not its own: what came before that is not all.
        if (before) throw before.error
        // A lane begins it anew for each block: how many are "the first hundred" would depend on the lanes.
        if (!through && isPixels(kinds.from)) throw broken(part, `ends before it has taken every ${kinds.from} that it is given`)
        return
      }
      watch.gives(next.value)
      yield lent.given(kinds.to, next.value)
    }
  } catch (error) {
    ctx.signal.throwIfAborted()
    // What came from before it is not its own.
    throw before && before.error === error ? error : failed(part, error)
  } finally {
    if (!done) await untilAborted(Promise.resolve(iterator?.return?.()), ctx.signal).catch(() => undefined)
  }
}

const isPixels = (kind: Item): boolean => kind === 'image' || kind === 'batch'

/** What goes in and what comes out. */
class Watch {
  /** Patches that it took and has not given yet, in order; undefined where it makes them. */
  readonly #open: number[] | undefined
  #last = -1
  /** Of which slide the patches are; undefined where nothing was taken yet. */
  #slide: string | undefined
  readonly #names: Set<string>
  /** Outputs of the models that were asked before it. */
  readonly #answers = new Set<string>()

  constructor(
    private readonly part: Part,
    private readonly kinds: Kinds,
    private readonly columns: readonly Column[],
    private readonly rows: readonly Column[],
  ) {
    this.#open = kinds.from === 'slide' ? undefined : []
    this.#names = new Set(columns.map(({ name }) => name))
  }

  took(item: unknown): void {
    if (this.kinds.from === 'slide') this.#slide = (item as Slide).info.id
    for (const patch of patchesOf(this.kinds.from, item)) {
      this.#open!.push(patch.index)
      this.#slide = patch.slide
      // Notes that came with it may go on.
      for (const name in patch.notes) this.#names.add(name)
    }
    if (this.kinds.from === 'batch') for (const name in (item as PatchBatch).outputs) this.#answers.add(name)
  }

  gives(item: unknown): void {
    const { to } = this.kinds
    if (typeof item !== 'object' || item === null) throw broken(this.part, `gives ${wordOf(item)} for ${to}`)
    if (to === 'rows') {
      const problem = batchProblem(this.rows, item as Batch)
      if (problem !== undefined) throw broken(this.part, `gives a batch of rows ${problem}`, 'PLUGIN_COLUMNS')
    }
    for (const patch of patchesOf(to, item)) {
      if (typeof patch?.index !== 'number' || !isObject(patch.notes)) throw broken(this.part, `gives a ${to} that has no patch`)
      mustBeSomewhere(this.part, patch, this.#slide)
      this.#inTurn(patch.index)
      this.#notesOf(patch)
    }
    if (to === 'image') mustBeWhole(this.part, item as PatchImage)
    if (to === 'batch') mustBeAnswers(this.part, item as PatchBatch, this.#answers)
  }

  #inTurn(index: number): void {
    if (this.#open === undefined) {
      if (index <= this.#last) throw broken(this.part, `gives patch ${index} after patch ${this.#last}: numbers go up`)
      this.#last = index
      return
    }
    const at = this.#open.indexOf(index)
    if (at < 0) throw broken(this.part, `gives patch ${index}, which it was not given, or has given before, or not in its turn`)
    this.#open.splice(0, at + 1)
  }

  #notesOf({ index, notes }: Patch): void {
    for (const name in notes) {
      if (!this.#names.has(name))
        throw broken(this.part, `notes '${name}' of patch ${index}, which its spec does not name`, 'PLUGIN_COLUMNS')
    }
    for (const column of this.columns) {
      try {
        checkedValue(column, notes[column.name], () => ({ what: `patch ${index}`, hint: '' }))
      } catch (cause) {
        throw broken(this.part, `gives another value than its spec says: ${(cause as Error).message}`, 'PLUGIN_COLUMNS')
      }
    }
  }
}

function patchesOf(kind: Item, item: unknown): readonly Patch[] {
  if (kind === 'slide' || kind === 'rows') return []
  if (kind === 'patch') return [item as Patch]
  if (kind === 'image') return [(item as PatchImage).patch]
  return (item as Items['batch']).patches ?? []
}

const isWhole = (n: unknown): boolean => Number.isInteger(n) && (n as number) === ((n as number) | 0)

/** What becomes the columns of its address. */
function mustBeSomewhere(part: Part, { slide, index, column, row, bounds, region }: Patch, of: string | undefined): void {
  const wrong = (fact: string) => broken(part, `gives patch ${index} ${fact}`)
  if (typeof slide !== 'string') throw wrong("without the name of its 'slide'")
  if (slide !== (of ?? slide)) throw wrong(`as one of the slide '${slide}', and it is of '${of}'`)
  if (!isWhole(index) || !isWhole(column) || !isWhole(row)) throw wrong("whose 'index', 'column' and 'row' are not whole numbers")
  if (!Array.isArray(bounds) || bounds.length !== 4 || !bounds.every(isWhole)) throw wrong("whose 'bounds' are not four whole numbers")
  const { x, y, width, height } = region ?? {}
  if (![x, y, width, height].every(Number.isFinite) || !(width > 0 && height > 0))
    throw wrong("whose 'region' is no place: { x, y, width, height } in baseline pixels")
}

const statuses: readonly unknown[] = ['ok', 'unreadable', 'unanswered'] satisfies readonly PatchStatus['status'][]

function mustBeStatus(part: Part, patch: Patch, said: PatchStatus | undefined): void {
  if (!statuses.includes(said?.status))
    throw broken(part, `gives patch ${patch.index} the status ${shown(said?.status)}: it is one of ${statuses.join(', ')}`)
  if (said!.error !== undefined && typeof said!.error !== 'string')
    throw broken(part, `gives patch ${patch.index} the error ${shown(said!.error)}, which is no text`)
}

/** Statuses and answers, one for each patch; those of the models before it are still there. */
function mustBeAnswers(part: Part, { patches, statuses: said, inputs, outputs }: PatchBatch, before: ReadonlySet<string>): void {
  const lost = [...before].find((name) => outputs?.[name] === undefined)
  if (lost !== undefined) throw broken(part, `gives a batch without the answers '${lost}' that were in it`)
  for (const [i, patch] of patches.entries()) mustBeStatus(part, patch, said?.[i])
  // One patch taken out of one list alone would give all behind it what was said of, or seen in, the one before.
  if (said.length !== patches.length) throw broken(part, `gives ${said.length} statuses for the ${patches.length} patches of a batch`)
  const countOf = (wanted: PatchStatus['status']) => said.filter(({ status }) => status === wanted).length
  const least = countOf('ok')
  // A patch that a model before it had no answer for keeps its picture, for the models to come.
  const most = least + countOf('unanswered')
  for (const { data, width, height } of inputs ?? []) {
    const pictures = data.length / (width * height * 3)
    if (Number.isInteger(pictures) && pictures >= least && pictures <= most) continue
    const has = `${data.length} bytes for ${least} pictures of ${width} × ${height} px`
    throw broken(part, `gives ${has}: those of the ${patches.length} patches of a batch that are ok, and no others`)
  }
  for (const [name, { data, width }] of Object.entries(outputs ?? {})) {
    if (data instanceof Float32Array && data.length === width * patches.length) continue
    const has = data instanceof Float32Array ? `${data.length} numbers` : wordOf(data)
    throw broken(part, `gives ${has} as '${name}' of ${patches.length} patches: a Float32Array of ${width} a patch it must be`)
  }
}

function mustBeWhole(part: Part, { patch, pixels, sizes, status, error }: PatchImage): void {
  mustBeStatus(part, patch, { status, ...(error === undefined ? {} : { error }) })
  if (!Array.isArray(pixels)) throw broken(part, `gives patch ${patch.index} no pixels: a list of RGB bytes, one for each input`)
  const [x0, y0, x1, y1] = patch.bounds
  for (const [i, bytes] of pixels.entries()) {
    const { width, height } = sizes?.[i] ?? { width: x1 - x0, height: y1 - y0 }
    const wanted = status === 'ok' ? width * height * 3 : 0
    if (bytes instanceof Uint8Array && bytes.length === wanted) continue
    const has = bytes instanceof Uint8Array ? `${bytes.length} bytes` : wordOf(bytes)
    throw broken(part, `gives patch ${patch.index} (${status}) ${has} for a picture of ${width} × ${height} px: ${wanted} bytes it must be`)
  }
}

const wordOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value)
