/** Which files of a series are which levels of one slide, and which are pictures beside it. */

import { SlideError } from '../../core/errors.js'
import { malformed } from './elements.js'
import { type Instance, unsupported } from './instance.js'
import type { Member } from './places.js'

export interface Series {
  /** Level 0 first. */
  readonly levels: readonly (readonly Member[])[]
  /** By name: `label`, `macro`, `thumbnail`. */
  readonly pictures: Readonly<Record<string, readonly Member[]>>
}

const names = { LABEL: 'label', OVERVIEW: 'macro', THUMBNAIL: 'thumbnail' } as const

/** `uri` is the slide's. Throws a SlideError where the instances are no one slide. */
export function seriesOf(instances: readonly Instance[], uri: string): Series {
  const groups = new Map<string, Instance[]>()
  for (const instance of instances) {
    const key = instance.concatenation?.uid ?? instance.uid
    groups.set(key, [...(groups.get(key) ?? []), instance])
  }
  const whole = [...groups.values()].map(membersOf)
  const roleOf = (members: readonly Member[]) => members[0]!.instance.role
  const levels = whole.filter((members) => roleOf(members) === 'VOLUME').sort((a, b) => widthOf(b) - widthOf(a))
  if (levels.length === 0) {
    const roles = [...new Set(whole.map(roleOf))].join(', ')
    throw unsupported(uri, `holds no picture of the type VOLUME, but ${roles}: it is no slide`, 'name the other files of its series')
  }
  refuseTwins(levels, uri)
  refuseOtherShapes(levels, uri)
  const pictures: Record<string, readonly Member[]> = {}
  for (const members of whole) {
    const role = roleOf(members)
    if (role !== 'VOLUME') pictures[names[role]] ??= members
  }
  return { levels, pictures }
}

const widthOf = (members: readonly Member[]) => members[0]!.instance.size.width

/** The members of a concatenation in order; they say which frame each begins with. */
function membersOf(instances: readonly Instance[]): readonly Member[] {
  const [one] = instances as [Instance]
  if (one.concatenation === undefined) {
    if (instances.length > 1) throw malformed(one.place.uri, `and ${instances[1]!.place.uri} are the same instance (${one.uid}) twice`)
    return [{ instance: one, first: 0 }]
  }
  const sorted = [...instances].sort((a, b) => a.concatenation!.number - b.concatenation!.number)
  const total = Math.max(sorted.length, ...sorted.map(({ concatenation }) => concatenation!.total ?? concatenation!.number))
  for (let i = 0; i < total; i++) {
    const number = sorted[i]?.concatenation?.number
    if (number === i && i > 0)
      throw malformed(sorted[i]!.place.uri, `and ${sorted[i - 1]!.place.uri} are both part ${i} of a concatenation`)
    if (number !== i + 1) {
      throw new SlideError(
        'SLIDE_TRUNCATED',
        `${one.place.uri} belongs to a concatenation of ${total} files, of which part ${i + 1} is missing`,
        {
          hint: 'put all files of the series into one folder and name that',
        },
      )
    }
  }
  let first = 0
  return sorted.map((instance) => {
    const { concatenation, frames, size, frame, place } = instance
    if (
      size.width !== one.size.width ||
      size.height !== one.size.height ||
      frame.width !== one.frame.width ||
      frame.height !== one.frame.height
    )
      throw malformed(place.uri, `and ${one.place.uri} are parts of one concatenation and differ in size`)
    if (concatenation!.first !== undefined && concatenation!.first !== first)
      throw malformed(place.uri, `says it begins with frame ${concatenation!.first + 1}, the parts before it have ${first} frames`)
    const member = { instance, first }
    first += frames
    return member
  })
}

/** A picture of another shape than level 0, by more than a pixel's rounding, is none of its levels. */
function refuseOtherShapes([base, ...levels]: readonly (readonly Member[])[], uri: string): void {
  const { size, place } = base![0]!.instance
  for (const [level] of levels) {
    const { width, height } = level!.instance.size
    const off = Math.min(Math.abs(width - (size.width * height) / size.height), Math.abs(height - (size.height * width) / size.width))
    const ratio = (width * size.height) / (height * size.width)
    if (off <= 1 || (ratio > 0.99 && ratio < 1.01)) continue
    throw unsupported(
      uri,
      `has pictures of two shapes, ${size.width} x ${size.height} (${place.uri}) and ${width} x ${height} (${level!.instance.place.uri}): two slides`,
      'put the files of the one that is to be read into a folder of its own',
    )
  }
}

/** Of pictures of one size nobody can say which one is the slide. */
function refuseTwins(levels: readonly (readonly Member[])[], uri: string): void {
  for (let i = 1; i < levels.length; i++) {
    const [a, b] = [levels[i - 1]![0]!.instance, levels[i]![0]!.instance]
    if (a.size.width === b.size.width && a.size.height === b.size.height)
      throw unsupported(
        uri,
        `has two levels of ${a.size.width} x ${a.size.height} pixels (${a.place.uri}, ${b.place.uri}): focal planes, optical paths or two slides`,
        'put the files of the one that is to be read into a folder of its own',
      )
  }
}
