/** Slides that a program names, one by one. */

import { nameIn, withoutSecrets } from '../../core/address.js'
import { anything, isObject, mustBeOptions, onlyGiven, pathGiven, shown } from '../../core/argument.js'
import { PipelineError } from '../../core/errors.js'
import type { Column, PatchNote } from '../../core/row.js'
import type { GivenSlide, SlideRef } from '../../core/slide.js'
import type { SourceSpec } from '../../core/source.js'
import { Ids, idOf } from '../common/ids.js'
import { placeOf } from '../common/list-path.js'
import { isRgbBytes, mustBeId, mustBeSize, mustFit } from './pixels.js'
import { carriedSaid, mustBeSaid } from './said.js'

/** The source `slides`, fed by the program. */
export function memorySlides(given: readonly GivenSlide[]): SourceSpec & { readonly kind: 'slide' } {
  if (!Array.isArray(given)) throw new PipelineError('OPTION_INVALID', 'slidesOf is given no list', { hint: "write slidesOf(['a.svs'])" })
  const refs = given.map(refOf)
  if (refs.length === 0) throw new PipelineError('NO_SLIDES', 'slidesOf is given no slide')
  const ids = new Ids()
  for (const { id, uri } of refs) {
    mustBeId('slidesOf', id)
    const clash = ids.claim(id, withoutSecrets(uri))
    if (clash) throw clash
  }
  const names = [...new Set(refs.flatMap(({ carried }) => Object.keys(carried)))]
  const carried = names.map((name) => columnOf(name, refs))
  const label: Column = { name: 'label', type: 'category', nullable: true, about: 'The label that was given with the slide.' }
  const columns = [...(refs.some((ref) => ref.label !== undefined) ? [label] : []), ...carried]
  const empty = Object.fromEntries(names.map((name) => [name, null]))
  const held = refs.reduce((sum, { pixels }) => sum + (pixels?.data.length ?? 0), 0)
  return {
    name: 'slides',
    kind: 'slide',
    summary: 'Slides that the program gave.',
    examples: [],
    options: {},
    ...(held > 0 ? { holds: held } : {}),
    load: async () => ({
      columns: async () => columns,
      async *default(_, folder) {
        for (const ref of refs) {
          const { mask, pixels } = ref
          const uri = pixels ? ref.uri : placeOf(ref.uri, folder)
          yield { ...ref, uri, ...(mask === undefined ? {} : { mask: placeOf(mask, folder) }), carried: { ...empty, ...ref.carried } }
        }
      },
    }),
  }
}

/** What may be said of a slide; of what kind each is, is seen below. Values for the rows are in `carried`. */
const refKinds = Object.fromEntries(
  ['uri', 'id', 'mpp', 'power', 'mask', 'label', 'carried', 'remote', 'readers', 'root', 'pixels', 'kind'].map((name) => [name, anything]),
)

function refOf(given: GivenSlide, i: number): SlideRef {
  const said = typeof given === 'string' ? { uri: given } : given instanceof URL ? { uri: pathGiven('slidesOf', given) } : given
  if (typeof said?.uri !== 'string')
    throw new PipelineError('OPTION_INVALID', `slidesOf: slide ${i} has no uri`, {
      hint: 'give a path, an address, or { uri, mpp, label … }',
    })
  mustBeOptions(`slidesOf: slide ${i}`, said, refKinds)
  const { uri, id = idOf(nameIn(uri)), carried = {}, ...rest }: Pick<SlideRef, 'uri'> & Partial<SlideRef> = onlyGiven(said)
  const who = `slidesOf: ${withoutSecrets(uri)}`
  mustBeSaid(who, rest)
  if (rest.pixels !== undefined && !(isObject(rest.pixels) && isRgbBytes(rest.pixels.data)))
    throw new PipelineError('OPTION_INVALID', `${who}: pixels are ${shown(rest.pixels)}`, {
      hint: 'imageSlide(pixels, { width, height }) makes a slide of them',
    })
  if (rest.pixels) {
    mustBeSize(`${who}: pixels`, rest.pixels)
    mustFit(`${who}: the picture`, rest.pixels.data, rest.pixels)
  }
  return { ...rest, kind: 'slide', id, uri, carried: carriedSaid(who, carried) }
}

const typeNames = { string: 'category', number: 'float64', boolean: 'bool' } as const

/** Of one type for all slides; it may be missing anywhere. */
function columnOf(name: string, refs: readonly SlideRef[]): Column {
  const values = refs.map(({ carried }) => carried[name] ?? null)
  const types = [...new Set(values.filter((value) => value !== null).map((value) => typeof value as keyof typeof typeNames))]
  if (types.length > 1)
    throw new PipelineError('OPTION_INVALID', `slidesOf: '${name}' is ${kindsOf(values)}`, { hint: 'give values of one type' })
  return { name, type: typeNames[types[0] ?? 'string'], nullable: true, about: 'Carried from what was given with the slide.' }
}

const kindsOf = (values: readonly PatchNote[]) => {
  const [first, other] = [values.find((value) => value !== null), values.findLast((value) => value !== null)]
  return `${JSON.stringify(first)} of one slide and ${JSON.stringify(other)} of another`
}
