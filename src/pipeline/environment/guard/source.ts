/** A source of a plugin, held to what a source promises: refs of its kind, with ids that are safe as names of files, and the columns it names. */

import { withoutSecrets } from '../../../core/address.js'
import type { Column } from '../../../core/row.js'
import type { SlideRef } from '../../../core/slide.js'
import type { AnySourceSpec } from '../../../core/source.js'
import { Ids, safeId } from '../../../sources/common/ids.js'
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
  const names = new Set((await columns()).map(({ name }) => name))
  const ids = new Ids()
  try {
    for await (const ref of read()) {
      mustBeRef(part, kind, ref)
      const clash = ids.claim(ref.id, withoutSecrets(ref.uri))
      if (clash) throw broken(part, `gives two refs one id: ${clash.message}`)
      const unknown = Object.keys(ref.carried).find((name) => !names.has(name))
      if (unknown !== undefined) throw broken(part, `gives ${ref.id} a '${unknown}', which is none of its columns`, 'PLUGIN_COLUMNS')
      yield ref
    }
  } catch (cause) {
    throw failed(part, cause)
  }
}

function mustBeRef(part: Part, kind: SlideRef['kind'], ref: SlideRef): void {
  const { kind: own, id, uri, carried, images } = ref ?? {}
  if (own !== kind) throw broken(part, `gives a ref of kind '${own}', and its spec says '${kind}'`)
  if (typeof id !== 'string' || safeId(id) !== id)
    throw broken(part, `gives a ref with the id ${JSON.stringify(id)}, which cannot be a file name on every system`)
  if (typeof uri !== 'string' || uri === '') throw broken(part, `gives ${id} no uri`)
  if (typeof carried !== 'object' || carried === null) throw broken(part, `gives ${id} no 'carried': an object, {} for none`)
  if (kind === 'set') mustBeImages(part, id, images)
  try {
    mustBeSaid(id, ref)
    carriedSaid(id, carried)
  } catch (cause) {
    throw broken(part, `gives a ref that says what no row holds: ${(cause as Error).message}`, 'PLUGIN_COLUMNS')
  }
}

function mustBeImages(part: Part, set: string, images: SlideRef['images']): void {
  if (!Array.isArray(images) || images.length === 0) throw broken(part, `gives the set ${set} no images`)
  const at = images.findIndex((image) => typeof image?.uri !== 'string' || !['undefined', 'string'].includes(typeof image.label))
  if (at >= 0) throw broken(part, `gives the set ${set} an image ${at} without a uri, or with a label that is no text`)
}
