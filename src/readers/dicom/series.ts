/** Which files of a series are which levels of one slide, and which are pictures beside it. */

import { SlideError } from '../../core/errors.js'
import type { Factor } from '../level-factor.js'
import { malformed } from './elements.js'
import { type Instance, oddType, unsupported } from './instance.js'
import { factorIn } from './level-place.js'
import type { Member } from './places.js'
import { tags } from './tags.js'

export interface SeriesLevel<I extends Instance> {
  readonly members: readonly Member<I>[]
  /** How many times smaller than level 0 it is. */
  readonly factor: Factor
}

export interface Series<I extends Instance> {
  /** Level 0 first. */
  readonly levels: readonly SeriesLevel<I>[]
  /** By name: `label`, `macro`, `thumbnail`. */
  readonly pictures: Readonly<Record<string, readonly Member<I>[]>>
}

const names = { LABEL: 'label', OVERVIEW: 'macro', THUMBNAIL: 'thumbnail' } as const
const isBeside = ({ role }: Instance): boolean => Object.hasOwn(names, role)

/** Orthanc's converter says of nothing what it shows: where nothing is said to be the slide, that is. */
export function takenFor<I extends Instance>(instances: readonly I[], warnings: string[]): readonly I[] {
  const unsaid = instances.filter(({ role }) => role === 'UNSAID')
  if (unsaid.length === 0 || instances.some(({ role }) => role === 'VOLUME')) return instances
  warnings.push(`${unsaid[0]!.uri} does not say what it shows (ImageType): it is taken for the slide, and so are others that do not`)
  return instances.map((one) => (one.role === 'UNSAID' ? { ...one, role: 'VOLUME' } : one))
}

/** `uri` is the slide's. Throws a SlideError where the instances are no one slide. */
export function seriesOf<I extends Instance>(found: readonly I[], uri: string, warnings: string[]): Series<I> {
  const instances = takenFor(found, warnings)
  const levels = groupsOf(instances.filter(({ role }) => role === 'VOLUME')).map(membersOf)
  leaveOdd(instances, Math.max(0, ...levels.map(widthOf)), warnings)
  if (levels.length === 0) {
    const roles = [...new Set(instances.map(({ role }) => role))].join(', ')
    throw unsupported(uri, `holds no picture of the type VOLUME, but ${roles}: it is no slide`, 'name the other files of its series')
  }
  levels.sort((a, b) => widthOf(b) - widthOf(a))
  refuseTwins(levels, uri)
  return { levels: placed(levels, uri, warnings), pictures: picturesOf(instances, warnings) }
}

/** A picture of a type of its own (LOCALIZER of older files) is no part of the slide, unless it may be all of it. */
function leaveOdd(instances: readonly Instance[], widest: number, warnings: string[]): void {
  for (const one of instances.filter(({ role }) => role === 'OTHER' || role === 'UNSAID')) {
    if (one.size.width >= widest) throw unsupported(one.uri, oddType(one))
    warnings.push(`${one.uri} is left out: it ${oddType(one)}`)
  }
}

function placed<I extends Instance>(levels: readonly (readonly Member<I>[])[], uri: string, warnings: string[]): readonly SeriesLevel<I>[] {
  const base = levels[0]![0]!.instance
  const pyramidOf = ({ header }: Instance) => header.text(tags.PyramidUID)
  return levels.flatMap((members) => {
    const { instance } = members[0]!
    const factor = factorIn(base, instance, uri)
    const [first, own] = [pyramidOf(base), pyramidOf(instance)]
    if (first !== undefined && own !== undefined && own !== first)
      warnings.push(`${instance.uri} is of another pyramid (PyramidUID) than ${base.uri}: it may show another part of the glass`)
    if (typeof factor !== 'string') return [{ members, factor }]
    warnings.push(`${instance.uri} is left out: ${factor}`)
    return []
  })
}

/** One that is not all there is no reason to refuse the slide. */
function picturesOf<I extends Instance>(instances: readonly I[], warnings: string[]): Series<I>['pictures'] {
  const pictures: Record<string, readonly Member<I>[]> = {}
  for (const group of groupsOf(instances.filter(isBeside))) {
    try {
      pictures[names[group[0]!.role as keyof typeof names]] ??= membersOf(group)
    } catch (error) {
      if (!(error instanceof SlideError)) throw error
      warnings.push(`the picture of the type ${group[0]!.role} is left out: ${error.message}`)
    }
  }
  return pictures
}

/** Instances, each alone or with the others of its concatenation. */
function groupsOf<I extends Instance>(instances: readonly I[]): readonly (readonly I[])[] {
  const groups = new Map<string, I[]>()
  for (const instance of instances) {
    const key = instance.concatenation === undefined ? `one ${instance.uid}` : `of ${instance.concatenation.uid}`
    groups.set(key, [...(groups.get(key) ?? []), instance])
  }
  return [...groups.values()]
}

const widthOf = (members: readonly Member[]) => members[0]!.instance.size.width

/** The members of a concatenation in order; they say which frame each begins with. */
function membersOf<I extends Instance>(instances: readonly I[]): readonly Member<I>[] {
  const [one] = instances as readonly [I, ...I[]]
  if (one.concatenation === undefined) {
    if (instances.length > 1) throw twice(one.uri, `and ${instances[1]!.uri} are the same instance (${one.uid}) twice`)
    return [{ instance: one, first: 0 }]
  }
  const sorted = [...instances].sort((a, b) => a.concatenation!.number - b.concatenation!.number)
  const total = Math.max(sorted.length, ...sorted.map(({ concatenation }) => concatenation!.total ?? concatenation!.number))
  for (let i = 0; i < total; i++) {
    const number = sorted[i]?.concatenation?.number
    if (number === i && i > 0) throw twice(sorted[i]!.uri, `and ${sorted[i - 1]!.uri} are both part ${i} of a concatenation`)
    if (number !== i + 1) {
      throw new SlideError(
        'SLIDE_TRUNCATED',
        `${one.uri} belongs to a concatenation of ${total} files, of which part ${i + 1} is missing`,
        {
          hint: 'put all files of the series into one folder and name that',
        },
      )
    }
  }
  let first = 0
  return sorted.map((instance) => {
    const { concatenation, frames, uri } = instance
    if (writtenAs(instance) !== writtenAs(one))
      throw malformed(uri, `and ${one.uri} are parts of one concatenation and differ in size, colours or codec`)
    if (concatenation!.first !== undefined && concatenation!.first !== first)
      throw malformed(uri, `says it begins with frame ${concatenation!.first + 1}, the parts before it have ${first} frames`)
    const member = { instance, first }
    first += frames
    return member
  })
}

const twice = (uri: string, fact: string) =>
  new SlideError('SLIDE_MALFORMED', `${uri} ${fact}`, { hint: 'keep one of the two files in the folder' })

/** Of pictures of one size nobody can say which one is the slide. */
function refuseTwins(levels: readonly (readonly Member[])[], uri: string): void {
  for (let i = 1; i < levels.length; i++) {
    const [a, b] = [levels[i - 1]![0]!.instance, levels[i]![0]!.instance]
    if (a.size.width === b.size.width && a.size.height === b.size.height)
      throw unsupported(
        uri,
        `has two levels of ${a.size.width} x ${a.size.height} pixels (${a.uri}, ${b.uri}): focal planes, optical paths or two slides`,
        'put the files of the one that is to be read into a folder of its own',
      )
  }
}

/** What all members of a concatenation have in common. */
const writtenAs = ({ role, size, frame, photometric, planar, syntax, organization }: Instance): string =>
  JSON.stringify([role, size.width, size.height, frame.width, frame.height, photometric, planar, syntax, organization])
