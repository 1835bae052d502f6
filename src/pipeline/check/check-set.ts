/** The sizes of ready-cut pictures, by their headers: before a run, not after its first thousand patches. */

import { withoutSecrets } from '../../core/address.js'
import { TiastreamError } from '../../core/errors.js'
import { providedBy, providedIn } from '../../core/roles.js'
import type { SlideRef } from '../../core/slide.js'
import type { AnySourceSpec } from '../../core/source.js'
import type { AnyStageSpec } from '../../core/stage.js'
import { counted } from '../../core/text/counted.js'
import type { Size } from '../../geometry/region.js'
import type { ProblemList } from '../document/problems.js'
import type { Cards } from './check-cards.js'
import type { SourceFound } from './check-files.js'
import type { Draft } from './check-shape.js'

/** Headers looked at; of more pictures these many, evenly spread. */
const most = 2000

/** The first picture of a size. */
interface Seen extends Size {
  readonly uri: string
}

interface Beside {
  readonly stages: readonly Draft<AnyStageSpec>[]
  readonly cards: Cards
  readonly signal: AbortSignal | null | undefined
}

/** Warnings; what no picture could be right with is a problem. */
export async function checkSet(
  source: Draft<AnySourceSpec>,
  { sets }: SourceFound,
  { stages, cards, signal }: Beside,
  problems: ProblemList,
): Promise<readonly string[]> {
  const provides = stages.map(({ spec, options }) => ({ provides: options ? providedBy(spec, options) : {} }))
  const wanted = inputOf(providedIn(provides, 'answers')[0]?.model, cards)
  const marks = providedIn(provides, 'pixels')[0]?.marks === true
  const warnings: string[] = []
  for (const { id, images = [], resize, pixels, remote } of sets) {
    if (resize !== undefined) {
      if (wanted && !same(resize, wanted)) {
        const text = `is ${resize.width} x ${resize.height}, and ${wanted.name} takes ${wanted.width} x ${wanted.height}`
        problems.add('PATCH_SIZE', source.at, `${source.where}.resize`, text)
      }
      continue
    }
    const { sizes, unread } = pixels ? { sizes: [sizeIn(pixels, images)], unread: undefined } : await sizesOf(images, remote, signal)
    if (unread !== undefined) warnings.push(`set ${id}: ${unread}`)
    const [first] = sizes
    if (first === undefined) continue
    const remedy = `write resize: [${(wanted ?? first).width} px, ${(wanted ?? first).height} px]`
    if (wanted && !same(first, wanted)) {
      const text = `finds pictures of ${first.width} x ${first.height} (${first.uri}), and ${wanted.name} takes ${wanted.width} x ${wanted.height}`
      problems.add('PATCH_SIZE', source.at, source.where, `${text}: ${remedy}`)
    } else if (sizes.length > 1) {
      const other = sizes[1]!
      const text = `finds pictures of ${first.width} x ${first.height} (${first.uri}) and of ${other.width} x ${other.height} (${other.uri})`
      if (marks) warnings.push(`${source.where} ${text}: those of another size than the first will be marked`)
      else problems.add('PATCH_SIZE', source.at, source.where, `${text}: ${remedy}, or mark the others with extract: { on_error: mark }`)
    }
  }
  return warnings
}

/** Of pixels in memory: all have one size. */
const sizeIn = ({ width, height }: Size, images: NonNullable<SlideRef['images']>): Seen => ({
  width,
  height: height / images.length,
  uri: images[0]!.uri,
})

const same = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height

/** What the model is shown, as pictures of a set become it: its first input. */
function inputOf(name: string | undefined, cards: Cards): (Size & { readonly name: string }) | undefined {
  if (name === undefined) return undefined
  const [input] = cards[name]?.inputs ?? []
  return input && { width: input.width, height: input.height, name }
}

async function sizesOf(
  images: NonNullable<SlideRef['images']>,
  remote: SlideRef['remote'],
  signal: AbortSignal | null | undefined,
): Promise<{ readonly sizes: readonly Seen[]; readonly unread?: string }> {
  // Readers and codecs: for sets alone.
  const { factsOf } = await import('../../readers/set/picture.js')
  const sizes = new Map<string, Seen>()
  let unread = 0
  let why = ''
  const step = Math.max(1, images.length / most)
  for (let i = 0; i < images.length; i += step) {
    signal?.throwIfAborted()
    const { uri } = images[Math.floor(i)]!
    try {
      const { width, height } = await factsOf(uri, remote)
      const key = `${width} x ${height}`
      if (!sizes.has(key)) sizes.set(key, { width, height, uri: withoutSecrets(uri) })
    } catch (error) {
      if (!(error instanceof TiastreamError)) throw error
      if (unread++ === 0) why = error.message
    }
  }
  return { sizes: [...sizes.values()], ...(unread === 0 ? {} : { unread: `${counted(unread, 'picture')} cannot be read: ${why}` }) }
}
