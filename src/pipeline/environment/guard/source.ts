/** A source of a plugin, held to what a source promises: refs of its kind, with ids that are safe as names of files, and the columns it names. */

import { withoutSecrets } from '../../../core/address.js'
import { checkedValue } from '../../../core/batches/value-check.js'
import type { Column, PatchNote } from '../../../core/row.js'
import type { SetImage, SlideRef } from '../../../core/slide.js'
import type { AnySourceSpec } from '../../../core/source.js'
import { Ids, safeId } from '../../../sources/common/ids.js'
import { mustBeSize } from '../../../sources/memory/pixels.js'
import { carriedSaid, mustBeSaid } from '../../../sources/memory/said.js'
import { attemptLater, broken, failed, loadedBy, type Part } from './failed.js'
import { columnsIn, guardedSpec } from './spec.js'

type Loaded = Awaited<ReturnType<AnySourceSpec['load']>>

/** `plugin`: absent of a source that the program made and gives to `definePipeline` as it is. */
export function guardedSource(spec: AnySourceSpec, plugin?: string): AnySourceSpec {
  const part: Part = { kind: 'source', name: spec.name, plugin }
  return {
    ...guardedSpec(spec, part),
    load: async (): Promise<Loaded> => {
      const { default: read, columns, warnings } = await loadedBy(part, spec.load)
      if (typeof read !== 'function' || typeof columns !== 'function') {
        throw broken(part, "loads a module without the functions it must export: 'default', which lists the slides, and 'columns'")
      }
      const named: Loaded['columns'] = async (...given) =>
        columnsIn(await attemptLater(part, " in 'columns'", () => columns(...given)), 'columns', part)
      return {
        columns: named,
        default: (...given) =>
          listed(
            part,
            spec.kind,
            () => read(...given),
            () => named(...given),
          ),
        ...(warnings ? { warnings: (...given) => attemptLater(part, " in 'warnings'", () => warnings(...given)) } : {}),
      }
    },
  }
}

async function* listed(
  part: Part,
  kind: SlideRef['kind'],
  read: () => AsyncIterable<SlideRef>,
  columns: () => Promise<readonly Column[]>,
): AsyncGenerator<SlideRef> {
  const carries = await columns()
  const names = new Set(carries.map(({ name }) => name))
  // Labels stand beside what is carried.
  const own = carries.filter(({ name }) => name !== 'label')
  const ids = new Ids()
  try {
    for await (const given of read()) {
      const ref = refOf(part, kind, own, given)
      const clash = ids.claim(ref.id, withoutSecrets(ref.uri))
      if (clash) throw broken(part, `gives two refs one id: ${clash.message}`)
      for (const [i, { carried = {} }] of (kind === 'set' ? ref.images! : [ref]).entries()) {
        const who = kind === 'set' ? `image ${i} of ${ref.id}` : ref.id
        const unknown = Object.keys(carried).find((name) => !names.has(name))
        if (unknown !== undefined) throw broken(part, `gives ${who} a '${unknown}', which is none of its columns`, 'PLUGIN_COLUMNS')
        for (const column of own) mustHold(part, who, column, carried[column.name])
      }
      yield ref
    }
  } catch (cause) {
    throw failed(part, cause)
  }
}

/**
 * A plain copy: a source may use one object for all its refs, or give such as compute what they say, or hold what no thread can be sent.
 */
function refOf(part: Part, kind: SlideRef['kind'], columns: readonly Column[], given: SlideRef): SlideRef {
  const { kind: own, id, uri, remote, readers, mpp, power, mask, label, carried, images, root, resize, pixels } = given ?? {}
  if (own !== kind) throw broken(part, `gives a ref of kind '${own}', and its spec says '${kind}'`)
  if (typeof id !== 'string' || safeId(id) !== id)
    throw broken(part, `gives a ref with the id ${JSON.stringify(id)}, which cannot be a file name on every system`)
  if (typeof uri !== 'string' || uri === '') throw broken(part, `gives ${id} no uri`)
  if (typeof carried !== 'object' || carried === null) throw broken(part, `gives ${id} no 'carried': an object, {} for none`)
  if (kind === 'set') mustBeImages(part, id, images)
  try {
    mustBeSaid(id, given)
    if (resize !== undefined) mustBeSize(`${id}: resize`, resize)
    const missing = Object.fromEntries(columns.flatMap(({ name, nullable }) => (nullable ? [[name, null]] : [])))
    const said = {
      remote,
      readers,
      mpp,
      power,
      mask,
      label,
      root,
      resize,
      pixels,
      carried: { ...(kind === 'set' ? {} : missing), ...carriedSaid(id, carried) },
    }
    return {
      ...{ kind, id, uri },
      ...(Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as Pick<SlideRef, 'carried'>),
      ...(kind === 'set' ? { images: images!.map((image) => imageOf(id, missing, image)) } : {}),
    }
  } catch (cause) {
    throw broken(part, `gives a ref that says what no row holds: ${(cause as Error).message}`, 'PLUGIN_COLUMNS')
  }
}

const imageOf = (set: string, missing: SlideRef['carried'], { uri, label, carried = {} }: SetImage): SetImage => ({
  uri,
  ...(label === undefined ? {} : { label }),
  carried: { ...missing, ...carriedSaid(set, carried) },
})

function mustHold(part: Part, what: string, column: Column, value: PatchNote | undefined): void {
  try {
    checkedValue(column, value, () => ({ what, hint: '' }))
  } catch (cause) {
    throw broken(part, `gives another value than its columns say: ${(cause as Error).message}`, 'PLUGIN_COLUMNS')
  }
}

function mustBeImages(part: Part, set: string, images: SlideRef['images']): void {
  if (!Array.isArray(images) || images.length === 0) throw broken(part, `gives the set ${set} no images`)
  const at = images.findIndex((image) => typeof image?.uri !== 'string' || !['undefined', 'string'].includes(typeof image.label))
  if (at >= 0) throw broken(part, `gives the set ${set} an image ${at} without a uri, or with a label that is no text`)
}
