/**
 * What NGFF says of a picture: its axes, its levels, how large a pixel is, and what its channels are. Versions 0.4 and 0.5 name each axis with
 * its unit, 0.6 does so in a coordinate system; earlier ones only name them, or not even that (t, c, z, y, x). Pure.
 */

import { SlideError } from '../../core/errors.js'
import { areRgbNames } from '../colour-names.js'
import { micrometresOf } from '../length.js'
import type { Factor } from '../level-factor.js'
import { bothAxes, type FoundScale } from '../scale.js'
import { type Json, listOf, numberOf, objectOf, shown, textOf } from './json.js'

export type AxisName = 't' | 'c' | 'z' | 'y' | 'x'

export interface Multiscale {
  /** In the order of the arrays' axes. */
  readonly axes: readonly AxisName[]
  /** Paths of the levels, the largest first. */
  readonly paths: readonly string[]
  readonly scale: FoundScale
  /** Of each level: the size of a pixel and where it begins, both in the units of the axes; NaN where that is not said. */
  readonly places: readonly LevelPlace[]
  readonly warnings: readonly string[]
}

export interface LevelPlace {
  readonly pixel: Factor
  readonly begin: Factor
}

const implied: readonly AxisName[] = ['t', 'c', 'z', 'y', 'x']

/** Throws SLIDE_MALFORMED. `most`: levels. */
export function multiscaleOf(attributes: Json, uri: string, most: number): Multiscale {
  const all = listOf(attributes.multiscales)
  const multiscale = objectOf(all[0])
  const { datasets, coordinateTransformations, coordinateSystems } = multiscale
  const malformed = (fact: string) => new SlideError('SLIDE_MALFORMED', `${uri}: its multiscales ${fact}`)
  const levels = listOf(datasets).map(objectOf)
  const transformations = levels.map((level) => singly(level.coordinateTransformations))
  const said = coordinateSystems === undefined ? multiscale.axes : axesOfSystem(coordinateSystems, transformations[0]?.[0])
  const axes = said === undefined ? implied : listOf(said).map(axisOf)
  if (axes.length > implied.length || new Set(axes).size < axes.length || !axes.every(isAxis) || !axes.includes('x') || !axes.includes('y'))
    throw malformed(`have the axes ${shown(axes)}, where y and x are needed, and t, c and z are known`)
  if (levels.length === 0 || levels.length > most) throw malformed(`name ${levels.length} levels, where 1 to ${most} are possible`)
  const paths = levels.map(({ path }) => textOf(path) ?? '')
  const wrong = paths.find((path) => !/^[^/\\?#%:]+(\/[^/\\?#%:]+)*$/.test(path) || path.split('/').includes('..'))
  if (wrong !== undefined) throw malformed(`name a level ${shown(wrong)}, which is no path below it`)
  const warnings = all.length > 1 ? [`of ${all.length} multiscales the first is read`] : []
  const turned = transformations.flat().find(({ type }) => type !== undefined && !plain.includes(type))
  if (turned !== undefined)
    throw unsupported(
      uri,
      `lays a level by the transformation ${shown(turned.type)}, which is not read`,
      'write it with scales and translations',
    )
  const units = listOf(said).map((axis) => objectOf(axis).unit)
  // Of a file with coordinate systems what is said of all levels leads to another system than that of its axes.
  const ofAll = coordinateSystems === undefined ? singly(coordinateTransformations) : []
  const scale = scaleOfLevel([...transformations[0]!, ...ofAll], axes, units, warnings)
  return { axes, paths, scale, places: transformations.map((own) => placeOf(own, axes)), warnings }
}

/** What keeps a level upright, and its axes in their order. */
const plain: readonly unknown[] = ['scale', 'translation', 'identity']

/** Transformations one by one: NGFF 0.6 has the scale and the translation of a level in a sequence. */
const singly = (said: unknown): readonly Json[] =>
  listOf(said)
    .map(objectOf)
    .flatMap((one) =>
      one.type === 'sequence' ? listOf(one.transformations).map((part) => ({ output: one.output, ...objectOf(part) })) : [one],
    )

/** NGFF 0.6 has the axes in the system in which its levels lie: the first that is there, where none of that name is. */
function axesOfSystem(coordinateSystems: unknown, { output }: Json = {}): unknown {
  const systems = listOf(coordinateSystems).map(objectOf)
  const named = textOf(output) ?? textOf(objectOf(output).name)
  return (systems.find(({ name }) => name === named) ?? systems[0])?.axes ?? []
}

/** By its name, which iohub writes in capitals; whoever calls it otherwise says by its type what it is. */
function axisOf(axis: unknown): string | undefined {
  const { name, type } = objectOf(axis)
  const said = textOf(axis) ?? textOf(name)
  const lower = said?.toLowerCase()
  if (isAxis(lower)) return lower
  return type === 'channel' ? 'c' : type === 'time' ? 't' : said
}

const isAxis = (name: string | undefined): name is AxisName => implied.some((known) => known === name)

/** Of one level, before what is said of all of them. */
function placeOf(transformations: readonly Json[], axes: readonly AxisName[]): LevelPlace {
  const along = (name: 'x' | 'y') => {
    let [pixel, begin] = [Number.NaN, 0]
    for (const one of transformations) {
      const value = (key: string) => numberOf(listOf(one[key])[axes.indexOf(name)]) ?? Number.NaN
      if (one.type === 'scale') [pixel, begin] = [value('scale'), begin * value('scale')]
      else if (one.type === 'translation') begin += value('translation')
    }
    return { pixel, begin }
  }
  const [x, y] = [along('x'), along('y')]
  return { pixel: { x: x.pixel, y: y.pixel }, begin: { x: x.begin, y: y.begin } }
}

/** The scales of a level are multiplied by that of all levels. */
function scaleOfLevel(
  transformations: readonly Json[],
  axes: readonly AxisName[],
  units: readonly unknown[],
  warnings: string[],
): FoundScale {
  const scales = transformations.filter(({ type }) => type === 'scale')
  if (scales.length === 0) return {}
  const [x, y] = (['x', 'y'] as const).map((name) => {
    const at = axes.indexOf(name)
    const pixel = scales.reduce((product, { scale }) => product * (numberOf(listOf(scale)[at]) ?? Number.NaN), 1)
    const unit = textOf(units[at])
    return { pixel, unit, mpp: pixel * ((unit?.trim() && micrometresOf(unit)) || Number.NaN) }
  })
  const mpp = bothAxes((axis) => [axis === 'X' ? x!.mpp : y!.mpp].find(Number.isFinite), warnings)
  if (mpp !== undefined) return { mpp, mppSource: 'OME-Zarr scale', meant: true }
  // A writer that knows nothing writes 1 without a unit.
  if (x!.unit !== undefined || (x!.pixel !== 1 && x!.pixel > 0))
    warnings.push(`a scale of ${x!.pixel} ${x!.unit ?? 'without a unit'} is not understood as a length`)
  return {}
}

/** Red, green and blue: in these colours, as bioformats2raw has it, or in none and so named. Throws SLIDE_UNSUPPORTED for other channels. */
export function requireRgb(attributes: Json, size: number, uri: string): void {
  const channels = listOf(objectOf(attributes.omero).channels).map(objectOf)
  const names = channels.flatMap(({ label }) => textOf(label)?.slice(0, 40) ?? []).slice(0, 8)
  if (size !== 3) {
    const fact = size === 1 ? 'has one grey channel' : `has ${size} channels${names.length > 0 ? ` (${names.join(', ')})` : ''}`
    throw unsupported(
      uri,
      `${fact}, where a slide in colour (8-bit RGB) is needed`,
      'channels are no colours: no model for stained tissue fits them',
    )
  }
  const colours = channels.map(({ color }) => (textOf(color) ?? '').replace(/^#/, '').toLowerCase().slice(0, 6))
  const are = (said: readonly string[], wanted: readonly string[]) => said.length === 3 && wanted.every((one, i) => said[i] === one)
  if (are(colours, ['ff0000', '00ff00', '0000ff'])) return
  const isColourless = channels.every(({ color }) => color === undefined)
  // SpatialData names them, and says nothing of their colours.
  if (isColourless && areRgbNames(channels.map(({ label }) => textOf(label)))) return
  const hint = 'if they are, say so in its attributes: omero.channels with the colors FF0000, 00FF00, 0000FF, as bioformats2raw writes them'
  if (channels.length === 0) throw unsupported(uri, 'does not say that its 3 channels are red, green and blue', hint)
  const labelOf = (label: unknown) => textOf(label)?.slice(0, 40) ?? (label === undefined ? '?' : shown(label))
  const colourOf = (color: unknown) => (color === undefined ? 'without a colour' : `in ${shown(color)}`)
  const said = channels.map(({ label, color }) => `${labelOf(label)} ${colourOf(color)}`).slice(0, 3)
  throw unsupported(uri, `has 3 channels that are not said to be red, green and blue (${said.join(', ')}): fluorescence?`, hint)
}

export function unsupported(uri: string, fact: string, hint?: string): SlideError {
  return new SlideError('SLIDE_UNSUPPORTED', `${uri} ${fact}`, hint === undefined ? {} : { hint })
}
