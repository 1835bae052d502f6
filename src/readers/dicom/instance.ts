/** One instance (a file, or what a server says of one) of a DICOM series: its facts, each checked, and why it cannot be read as a part of a slide, if it cannot. */

import { SlideError } from '../../core/errors.js'
import type { Size } from '../../geometry/region.js'
import { fourDigits } from '../../geometry/round.js'
import type { Limits } from '../limits.js'
import type { Attributes } from './attributes.js'
import { type Element, malformed, tooLarge } from './elements.js'
import type { SlideHeader } from './header.js'
import type { Place } from './place.js'
import { refuseUnread, type Syntax } from './syntax.js'
import { tags } from './tags.js'

/** What an instance shows: value 3 of ImageType, which may be absent. */
export type Role = 'VOLUME' | 'LABEL' | 'OVERVIEW' | 'THUMBNAIL' | 'OTHER' | 'UNSAID'

/** What the frames of a level show, and how its pixels are meant. */
export interface FramePicture {
  /** Of the whole picture. */
  readonly size: Size
  readonly frame: Size
  readonly photometric: string
  /** Native pixels lie as three planes. */
  readonly planar: boolean
}

/** The same, with how frames are written. */
export interface FrameFormat extends FramePicture {
  readonly syntax: Syntax
}

export interface Instance extends FramePicture {
  readonly uri: string
  /** Of a file; a server says it with the frames. */
  readonly syntax?: Syntax
  readonly uid: string
  readonly series: string
  readonly role: Role
  /** It says that it was made of a larger picture: value 4 of ImageType. */
  readonly resampled: boolean
  /** In this instance. */
  readonly frames: number
  readonly organization: 'TILED_FULL' | 'TILED_SPARSE' | undefined
  readonly concatenation?: Concatenation
  /** µm of a pixel. */
  readonly mpp?: { readonly x: number; readonly y: number; readonly source: string }
  readonly power?: number
  /** Where its picture begins on the glass, in mm. */
  readonly origin?: { readonly x: number; readonly y: number }
  /** The places of its frames, where it says them one by one: read once, at opening. */
  readonly header: Attributes
}

/** An instance whose frames lie in a file. */
export interface InstanceInFile extends Instance {
  readonly place: Place
  readonly syntax: Syntax
  readonly pixels: Element
  readonly extended?: { readonly offsets: Uint8Array; readonly lengths: Uint8Array }
}

export interface Concatenation {
  readonly uid: string
  /** From 1. */
  readonly number: number
  readonly total?: number
  /** Frames in the members before. */
  readonly first?: number
}

export function instanceInFile({ set, syntax, pixels }: SlideHeader, place: Place, limits: Limits): InstanceInFile {
  const { uri } = place
  refuseUnread(syntax, uri)
  const instance = instanceOf(set, uri, limits)
  if (pixels === undefined) throw malformed(uri, 'has no pixels (7FE0,0010)')
  const offsets = set.bytes(tags.ExtendedOffsetTable)
  const lengths = set.bytes(tags.ExtendedOffsetTableLengths)
  const { bigEndian } = syntax
  const swapped = bigEndian && pixels.vr === 'OW'
  if (swapped && (instance.frame.width * instance.frame.height * 3) % 2 !== 0)
    throw unsupported(
      uri,
      'has frames of an odd number of bytes, written in words from their highest byte on',
      'write it in little endian, for example with: dcmconv --write-xfer-little in.dcm out.dcm',
    )
  return {
    ...instance,
    place,
    syntax: { ...syntax, ...(swapped ? { swapped } : {}), ...(isHalved(instance, syntax, pixels) ? { halved: true } : {}) },
    pixels,
    ...(!offsets?.length || lengths === undefined ? {} : { extended: { offsets, lengths } }),
  }
}

/** Who says so of native pixels may have written all colours of all pixels: what lies there tells. */
const isHalved = ({ photometric, planar, frame, frames }: Instance, { encapsulated }: Syntax, { length }: Element): boolean =>
  !encapsulated && photometric === 'YBR_FULL_422' && !planar && frame.width % 2 === 0 && length < frame.width * frame.height * 3 * frames

export function instanceOf(set: Attributes, uri: string, limits: Limits): Instance {
  const obstacle = obstacleOf(set)
  if (obstacle !== null) throw unsupported(uri, `has ${obstacle}`)
  const size = sizeOf(set, uri, limits)
  const frame = { width: set.number(tags.Columns, 'US') ?? 0, height: set.number(tags.Rows, 'US') ?? 0 }
  if (frame.width < 1 || frame.height < 1) throw malformed(uri, `has frames of ${frame.width} x ${frame.height} pixels`)
  if (frame.width * frame.height > limits.tilePixels)
    throw tooLarge(uri, `has frames of ${frame.width} x ${frame.height} pixels, more than ${limits.tilePixels}`)
  const tiles = Math.ceil(size.width / frame.width) * Math.ceil(size.height / frame.height)
  if (tiles > limits.tiles) throw tooLarge(uri, `says it has ${tiles} tiles in one level, more than ${limits.tiles}`)
  const frames = set.number(tags.NumberOfFrames, 'IS') ?? 1
  if (!Number.isInteger(frames) || frames < 1) throw malformed(uri, `says it has ${frames} frames`)
  if (frames > limits.tiles) throw tooLarge(uri, `says it has ${frames} frames, more than ${limits.tiles}`)
  const concatenation = concatenationOf(set, uri)
  const mpp = mppOf(set, size)
  const power = set.first(tags.OpticalPathSequence)?.number(tags.ObjectiveLensPower, 'DS')
  const origin = originOf(set)
  const organization = set.text(tags.DimensionOrganizationType)
  return {
    uri,
    uid: set.text(tags.SOPInstanceUID) ?? uri,
    series: set.text(tags.SeriesInstanceUID) ?? '',
    role: roleOf(set),
    resampled: set.texts(tags.ImageType)[3] === 'RESAMPLED',
    size,
    frame,
    frames,
    photometric: set.text(tags.PhotometricInterpretation) ?? 'RGB',
    planar: set.number(tags.PlanarConfiguration, 'US') === 1,
    organization: organization === 'TILED_FULL' || organization === 'TILED_SPARSE' ? organization : undefined,
    ...(concatenation === undefined ? {} : { concatenation }),
    ...(mpp === undefined ? {} : { mpp }),
    ...(power === undefined || !(power > 0) ? {} : { power }),
    ...(origin === undefined ? {} : { origin }),
    header: set,
  }
}

export function unsupported(
  uri: string,
  fact: string,
  hint = 'export the slide in colour with 8 bits a sample, one focal plane and one optical path',
): SlideError {
  return new SlideError('SLIDE_UNSUPPORTED', `${uri} ${fact}`, { hint })
}

/** Colours that are three samples of 8 bits, in words of the standard. */
const photometrics = ['RGB', 'YBR_FULL', 'YBR_FULL_422', 'YBR_ICT', 'YBR_RCT']

function obstacleOf(set: Attributes): string | null {
  const samples = set.number(tags.SamplesPerPixel, 'US') ?? 1
  const photometric = set.text(tags.PhotometricInterpretation) ?? 'RGB'
  if (samples !== 3) return `${samples} ${samples === 1 ? 'sample' : 'samples'} a pixel (${photometric}), where RGB has 3`
  if (!photometrics.includes(photometric)) return `${photometric} colours`
  const bits = [tags.BitsAllocated, tags.BitsStored].map((tag) => set.number(tag, 'US') ?? 8).find((said) => said !== 8)
  if (bits !== undefined) return `${bits} bits a sample, not 8`
  if (set.number(tags.PixelRepresentation, 'US') === 1) return 'signed samples'
  const paths = set.number(tags.NumberOfOpticalPaths, 'UL') ?? 1
  if (paths > 1) return `${paths} optical paths (channels)`
  const planes = set.number(tags.TotalPixelMatrixFocalPlanes, 'UL') ?? 1
  return planes > 1 ? `${planes} focal planes` : null
}

function sizeOf(set: Attributes, uri: string, { imagePixels }: Limits): Size {
  const width = set.number(tags.TotalPixelMatrixColumns, 'UL') ?? 0
  const height = set.number(tags.TotalPixelMatrixRows, 'UL') ?? 0
  if (width < 1 || height < 1) throw malformed(uri, `has a picture of ${width} x ${height} pixels`)
  if (width * height > imagePixels) throw tooLarge(uri, `says it has ${width} x ${height} pixels, more than ${imagePixels}`)
  return { width, height }
}

/** Only value 3 counts: others are misspelt at times. */
export function roleOf(set: Attributes): Role {
  const role = set.texts(tags.ImageType)[2]
  if (role === undefined || role === '') return 'UNSAID'
  return role === 'VOLUME' || role === 'LABEL' || role === 'OVERVIEW' || role === 'THUMBNAIL' ? role : 'OTHER'
}

export const oddType = ({ header }: Instance): string =>
  `is of the type ${header.text(tags.ImageType) ?? 'nobody says'}, of which the third word should be VOLUME`

export function concatenationOf(set: Attributes, uri: string): Concatenation | undefined {
  const uid = set.text(tags.ConcatenationUID)
  if (uid === undefined) return undefined
  const number = set.number(tags.InConcatenationNumber, 'US')
  if (number === undefined || number < 1) throw malformed(uri, 'is a part of a concatenation and does not say which')
  const total = set.number(tags.InConcatenationTotalNumber, 'US')
  const first = set.number(tags.ConcatenationFrameOffsetNumber, 'UL')
  return { uid, number, ...(total === undefined ? {} : { total }), ...(first === undefined ? {} : { first }) }
}

/**
 * PixelSpacing is in mm, rows first: from one row to the next, then from one column to the next. It is said for all frames, or with each of them; where
 * neither is so, the size of the slide tells more than one that stands where it means nothing.
 */
export function mppOf(set: Attributes, { width, height }: Size): Instance['mpp'] {
  const spacingIn = (holder: Attributes | undefined): Instance['mpp'] => {
    const [y, x] = holder?.decimals(tags.PixelSpacing) ?? []
    return x !== undefined && y !== undefined && x > 0 && y > 0 ? { x: x * 1000, y: y * 1000, source: 'DICOM PixelSpacing' } : undefined
  }
  for (const groups of [tags.SharedFunctionalGroupsSequence, tags.PerFrameFunctionalGroupsSequence]) {
    const found = spacingIn(set.first(groups)?.first(tags.PixelMeasuresSequence))
    if (found !== undefined) return found
  }
  return mppOfVolume(set, { width, height }) ?? spacingIn(set)
}

/** By the size of what was scanned, in mm. */
export function mppOfVolume(set: Attributes, { width, height }: Size): Instance['mpp'] {
  const across = set.number(tags.ImagedVolumeWidth, 'FL')
  const down = set.number(tags.ImagedVolumeHeight, 'FL')
  if (across === undefined || down === undefined || !(across > 0) || !(down > 0)) return undefined
  return { x: (across / width) * 1000, y: (down / height) * 1000, source: 'DICOM ImagedVolumeWidth and Height' }
}

/** Pixels of scanners are square; a doubt where these would be, were the two sides not exchanged. */
export function volumeDoubt(set: Attributes, { width, height }: Size): string | undefined {
  const [said, other] = [mppOfVolume(set, { width, height }), mppOfVolume(set, { width: height, height: width })]
  if (said === undefined || other === undefined || isSquare(said) || !isSquare(other)) return undefined
  const [x, y] = [fourDigits(said.x), fourDigits(said.y)]
  return `${said.source} make pixels of ${x} x ${y} µm, and square ones with the two exchanged: give the right size of a pixel as mpp`
}

const isSquare = ({ x, y }: { readonly x: number; readonly y: number }) => Math.max(x / y, y / x) < 1.1

export function originOf(set: Attributes): Instance['origin'] {
  const first = set.first(tags.TotalPixelMatrixOriginSequence)
  const [x] = first?.decimals(tags.XOffsetInSlideCoordinateSystem) ?? []
  const [y] = first?.decimals(tags.YOffsetInSlideCoordinateSystem) ?? []
  return x === undefined || y === undefined ? undefined : { x, y }
}
