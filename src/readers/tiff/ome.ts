/**
 * OME-TIFF (Bio-Formats, QuPath). The first description is OME-XML; the largest page is the slide, its smaller levels are its SubIFDs, or pages
 * marked as reduced. Only what is a single picture in colour is read: stacks, time series and channels are refused.
 */

import { SlideError } from '../../core/errors.js'
import { besideNameIn, isBesideName } from '../beside-names.js'
import { areRgbNames } from '../colour-names.js'
import { micrometresOf } from '../length.js'
import { bothAxes } from '../scale.js'
import { decimal } from './decimal.js'
import type { Page } from './page.js'
import { byTags, resolutionOf } from './resolution-tags.js'
import { tags } from './tags.js'
import {
  type Found,
  isMask,
  isReduced,
  largest,
  onlyBeside,
  type PageTree,
  pyramid,
  reducedOf,
  refuseTwins,
  type Vendor,
} from './vendor.js'
import { attribute, elements, without, withoutComments, type XmlElement } from './xml.js'

export const ome: Vendor = {
  is: ({ description }) => /<(?:\w+:)?OME[\s>]/.test(description),

  find(trees, uri): Found {
    const described = trees[0]!.page.description
    const xml = without(withoutComments(described), 'Description')
    if (elements(xml, 'BinaryOnly').length > 0) {
      throw unsupported(uri, 'is one of several files of a multi-file OME-TIFF', 'join the files into one, or open them with Bio-Formats')
    }
    const all = elements(xml, 'Image')
    const images = imagesHere(all, xml)
    const named = besideTheSlide(images, trees)
    const others = trees.filter((tree) => !named.has(tree))
    const first = largest(others.length > 0 ? others : trees)
    const image = imageOf(first, images, trees, uri)
    const pixels = elements(image?.whole ?? xml, 'Pixels')[0]
    const warnings = pixels === undefined ? [] : refusePlanes(pixels.head, pixels.whole, first.page, uri)
    refuseTwins(
      first.page,
      others.filter(({ page }) => page !== first.page && !isReduced(page) && !isMask(page)).map(({ page }) => page),
      uri,
    )
    warnings.push(...(others.length > 0 ? [] : [onlyBeside]), ...largerElsewhere(all, images, first.page))
    const sizes = pixels && ['SizeX', 'SizeY'].map((name) => attribute(pixels.head, name)).join(' x ')
    if (sizes !== undefined && /\d x \d/.test(sizes) && sizes !== `${first.page.width} x ${first.page.height}`)
      warnings.push(`is described as ${sizes} pixels: what is said of its resolution may be another picture's`)
    if (!/<\/(?:\w+:)?OME>\s*$/.test(xml)) warnings.push('its OME-XML is cut off: what it says of pixels may be missing')
    if (images.length > 1) {
      warnings.push(`of ${images.length} pictures the largest (${first.page.width} x ${first.page.height}) is read`)
    }
    const size = pixels && sizeOf(pixels.head, warnings)
    const axis = ['X', 'Y'].find((name) => pixels && attribute(pixels.head, `PhysicalSize${name}`) !== undefined)
    if (pixels !== undefined && axis !== undefined && size === undefined) {
      const said = [`PhysicalSize${axis}`, `PhysicalSize${axis}Unit`].map((name) => attribute(pixels.head, name) ?? '').join(' ')
      warnings.push(`a PhysicalSize of ${JSON.stringify(said.trim().slice(0, 80))} is not understood as a length`)
    }
    // tifffile, asked for a resolution, says it in the tags alone.
    const mpp = axis === undefined ? resolutionOf(first.page, warnings) : size
    const power = powerOf(xml, image?.whole)
    return {
      vendor: /QuPath/i.test(`${xml.slice(0, 2000)} ${first.page.directory.text(tags.Software) ?? ''}`) ? 'qupath' : 'ome',
      levels: pyramid(first.page, first.subs.length > 0 ? first.subs : reducedOf(first.page, trees)),
      associated: namedImages(images, trees, first),
      ...(mpp === undefined ? {} : { mpp, mppSource: axis === undefined ? byTags : 'OME PhysicalSizeX' }),
      ...(power === undefined ? {} : { power, powerSource: 'OME NominalMagnification' }),
      warnings,
    }
  },
}

/** Warnings of what is one picture all the same. */
function refusePlanes(head: string, whole: string, page: Page, uri: string): string[] {
  const count = (name: string) => Number(attribute(head, name) ?? 1)
  const [z, t, c] = [count('SizeZ'), count('SizeT'), count('SizeC')]
  if (z > 1) throw unsupported(uri, `is a stack of ${z} planes (SizeZ)`, 'take one plane out of it: bfconvert -z 0 in out.ome.tif')
  if (t > 1)
    throw unsupported(uri, `is a time series of ${t} pictures (SizeT)`, 'take one picture out of it: bfconvert -timepoint 0 in out.ome.tif')
  const channels = elements(whole, 'Channel')
  // The only channel has the samples of its page, where it does not say how many.
  const unsaid = channels.length === 1 ? page.samples : 1
  const samples = channels.map(({ head }) => Number(attribute(head, 'SamplesPerPixel') ?? unsaid))
  const areSeparate = c > 1 && samples.length > 0 && samples.every((n) => n === 1)
  // SlideIO and pyometiff write a picture in colour so: its page says RGB, and of its channels nothing is said, or that they are red, green, blue.
  const areColours = channels.every(isBare) || areRgbNames(channels.map(({ head }) => attribute(head, 'Name')))
  const isOnePicture = areSeparate && c === page.samples && [2, 6].includes(page.photometric) && areColours
  if (areSeparate && !isOnePicture)
    throw unsupported(uri, `has ${c} separate channels (fluorescence), where RGB is needed`, channelsHint(c))
  if (c > page.samples && page.samples > 1)
    throw unsupported(
      uri,
      `has ${c} channels (SizeC) in pictures of ${page.samples}`,
      'take one picture out of it with bfconvert or QuPath',
    )
  return isOnePicture ? [`it is described as ${c} channels, and its page as one picture in colour: it is read as that`] : []
}

/** Neither a stain nor light of one wavelength. */
const isBare = ({ head, whole }: XmlElement) =>
  whole === head &&
  ['Name', 'Fluor', 'Color', 'EmissionWavelength', 'ExcitationWavelength'].every((name) => attribute(head, name) === undefined)

const channelsHint = (channels: number) =>
  channels === 3
    ? 'if they are red, green and blue, write them as one picture in colour: with QuPath, export as OME-TIFF (rendered RGB)'
    : 'channels are no colours: no model for stained tissue fits them; QuPath can export them as rendered RGB'

function unsupported(uri: string, fact: string, hint: string): SlideError {
  return new SlideError('SLIDE_UNSUPPORTED', `${uri} ${fact}`, { hint })
}

/** Units count: 250 nm is 0.25 µm. */
const sizeOf = (head: string, warnings: string[]) =>
  bothAxes((axis) => {
    const value = decimal(attribute(head, `PhysicalSize${axis}`))
    const unit = micrometresOf(attribute(head, `PhysicalSize${axis}Unit`))
    return value !== undefined && unit !== undefined ? value * unit : undefined
  }, warnings)

/** The objective the picture names, else the only one there is, where no other picture names it. */
function powerOf(xml: string, image: string | undefined): number | undefined {
  const objectives = elements(xml, 'Objective')
  const settings = image === undefined ? undefined : elements(image, 'ObjectiveSettings')[0]
  const id = settings && attribute(settings.head, 'ID')
  const objective =
    id === undefined
      ? objectives.length === 1 && elements(xml, 'ObjectiveSettings').length === 0
        ? objectives[0]
        : undefined
      : objectives.find((o) => attribute(o.head, 'ID') === id)
  const value = objective === undefined ? Number.NaN : Number(attribute(objective.head, 'NominalMagnification') ?? Number.NaN)
  return value > 0 ? value : undefined
}

/**
 * The Images of this file. Of a set of files each may describe all of them: then a TiffData has the UUID of the file that it is in. Where none
 * has that of this one, what it says of files is wrong.
 */
function imagesHere(all: readonly XmlElement[], xml: string): readonly XmlElement[] {
  const own = attribute(elements(xml, 'OME')[0]?.head ?? '', 'UUID')
  const here = all.filter(({ whole }) => {
    const files = elements(whole, 'UUID').map((uuid) => uuid.whole.slice(uuid.head.length).replace(/<.*$/s, '').trim())
    return own === undefined || files.length === 0 || files.includes(own.trim())
  })
  return here.length > 0 ? here : all
}

/** A set of files that was made of a slide (bfconvert with %s) has its label in one of them: by itself nothing tells it from a slide. */
function largerElsewhere(all: readonly XmlElement[], here: readonly XmlElement[], { width, height }: Page): readonly string[] {
  for (const image of all.filter((one) => !here.includes(one))) {
    const pixels = elements(image.whole, 'Pixels')[0]
    const [x, y] = ['SizeX', 'SizeY'].map((name) => Number((pixels && attribute(pixels.head, name)) ?? Number.NaN))
    if (x! * y! > width * height)
      return [`a larger picture of its set (${x} x ${y}) lies in another file: this one may be a label or a macro`]
  }
  return []
}

/** Pages that are called a label, macro or thumbnail: none is the slide, however large it is. */
function besideTheSlide(images: readonly XmlElement[], trees: readonly PageTree[]): ReadonlySet<PageTree | undefined> {
  return new Set(images.map((image, i) => (isBesideName(attribute(image.head, 'Name')) ? pageOf(image, i, trees) : undefined)))
}

/** The page of an Image: that which its first TiffData names, else the n-th that is no level; none when its size is another. */
function pageOf(image: XmlElement, index: number, trees: readonly PageTree[]): PageTree | undefined {
  const pixels = elements(image.whole, 'Pixels')[0]
  const data = pixels && elements(pixels.whole, 'TiffData')[0]
  const named = data && attribute(data.head, 'IFD')
  const tree = named === undefined ? trees.filter(({ page }) => !isReduced(page))[index] : trees[Number(named)]
  const [width, height] = ['SizeX', 'SizeY'].map((name) => pixels && attribute(pixels.head, name))
  const fits =
    tree !== undefined &&
    (width === undefined || Number(width) === tree.page.width) &&
    (height === undefined || Number(height) === tree.page.height)
  return fits ? tree : undefined
}

/** The Image that describes the largest page; what describes another page says nothing of the slide. */
function imageOf(first: PageTree, images: readonly XmlElement[], trees: readonly PageTree[], uri: string): XmlElement | undefined {
  const image = images.find((image, i) => pageOf(image, i, trees) === first)
  if (image !== undefined) return image
  if (first === trees[0] && images.length < 2) return images[0]
  throw unsupported(
    uri,
    `has a page of ${first.page.width} x ${first.page.height} that none of its ${images.length} pictures describes`,
    'write it anew: bfconvert in out.ome.tif',
  )
}

/** Further pictures called label, macro or thumbnail. */
function namedImages(images: readonly XmlElement[], trees: readonly PageTree[], first: PageTree): Found['associated'] {
  const found: Record<string, Found['levels'][number]> = {}
  for (const [i, image] of images.entries()) {
    const name = besideNameIn(attribute(image.head, 'Name'))
    const tree = pageOf(image, i, trees)
    if (name !== undefined && tree !== undefined && tree !== first) found[name] ??= tree.page
  }
  return found
}
