/** A set of ready-cut pictures as one SlideRef. It holds one address a picture: about 200 bytes each. */

import path from 'node:path'
import { isAddress, nameIn, type RemoteOptions, schemeOf, withoutSecrets } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import { commonFolder, folderOf } from '../../core/picture-path.js'
import type { Column } from '../../core/row.js'
import type { SetImage, SlideRef } from '../../core/slide.js'
import type { ValueTypes } from '../../core/source.js'
import { everyTurn } from '../../flow/turn.js'
import { carriedOf } from '../common/carried.js'
import { failAll } from '../common/fail.js'
import { carriedColumns, exactlyOne, remoteOf, workOfLine } from '../common/files.js'
import { foundBy, pathsIn } from '../common/found.js'
import { baseOf, isPattern } from '../common/glob.js'
import { idOf, safeId } from '../common/ids.js'
import { hintOf, leftOut } from '../common/left-out.js'
import { isRelative, placeOf as listedAt, listPath } from '../common/list-path.js'
import type { AskedUntil } from '../common/list-text.js'
import { mustExist } from '../common/must-exist.js'
import { oddValues } from '../common/odd-values.js'
import { readTable } from '../common/table.js'

export interface SetOptions extends RemoteOptions {
  readonly folder?: string | undefined
  readonly glob?: string[] | undefined
  readonly list?: string | undefined
  readonly columns?: ValueTypes | undefined
  readonly resize?: readonly [number, number] | undefined
  readonly label: 'parent' | 'none'
  readonly set?: string | undefined
}

const pictures = '**/*.{png,jpg,jpeg,jpe,jfif,tif,tiff,webp,npy}'
/** Columns of a list that mean something to us; the others are carried. */
const ownColumns = ['uri', 'label']

const label: Column = {
  name: 'label',
  type: 'category',
  nullable: true,
  about: 'The label of the picture, as its folder or the list gives it.',
}

export async function columns(
  options: SetOptions,
  folder: string,
  known: ValueTypes = {},
  signal?: AbortSignal,
): Promise<readonly Column[]> {
  if (options.list === undefined) return options.label === 'parent' ? [label] : []
  const file = listedAt(options.list, folder)
  const table = await readTable(file, ownColumns, { ...options, signal })
  const labels = options.label === 'parent' || table.columns.includes('label') ? [label] : []
  return [...labels, ...carriedColumns(table, file, options, known, ownColumns).map(({ value, by, decimalComma, ...column }) => column)]
}

export default async function* set(
  options: SetOptions,
  folder: string,
  known: ValueTypes = {},
  signal?: AbortSignal,
): AsyncGenerator<SlideRef> {
  exactlyOne('patches', { ...options }, ['folder', 'glob', 'list'])
  if (options.columns && options.list === undefined)
    throw new PipelineError('OPTION_INVALID', 'patches has columns:, which are those of a list:, and no list:')
  const place = placeOf(options, folder)
  const asked = { ...options, signal }
  const found = options.list === undefined ? await globbed(asked, folder) : await listed(asked, listedAt(options.list, folder), known)
  const { root } = found
  if (found.images.length === 0) {
    const [left] = await warnings(options, folder)
    const hint = left ?? (await hintOf(pathsIn(options.glob ?? []), folder, '{png,jpg,tif}'))
    throw new PipelineError('NO_SLIDES', `patches finds no picture in ${place}`, hint === undefined ? {} : { hint })
  }
  const images = options.label === 'parent' ? found.images.map((image) => ({ ...image, label: parentOf(image.uri) })) : found.images
  const resize = options.resize && { width: options.resize[0], height: options.resize[1] }
  const at = root === null ? {} : { root }
  yield {
    kind: 'set',
    id: setId(options, place),
    uri: place,
    ...at,
    ...remoteOf(options),
    carried: {},
    images,
    ...(resize ? { resize } : {}),
  }
}

/** Pictures with another ending, beside those that are found; and what a list says that may be meant otherwise. */
export async function warnings(options: SetOptions, folder: string, signal?: AbortSignal): Promise<readonly string[]> {
  const { folder: within, glob, list, columns: declared = {} } = options
  if (list !== undefined) {
    const place = listedAt(list, folder)
    return oddValues(await readTable(place, ownColumns, { ...options, signal }), ownColumns, declared, path.basename(withoutSecrets(place)))
  }
  if (glob !== undefined) return leftOut('patches.glob', pathsIn(glob), folder, 'pictures')
  if (within !== undefined && isAddress(within)) return []
  const remedy = () => 'PNG, JPEG, TIFF, WebP and .npy are read'
  return leftOut('patches.folder', [pictures], path.resolve(folder, within ?? '.'), 'pictures', remedy)
}

function placeOf({ folder, glob, list }: SetOptions, start: string): string {
  if (list !== undefined) return withoutSecrets(listedAt(list, start))
  const address = folder ?? glob?.[0]
  if (address !== undefined && isAddress(address))
    return withoutSecrets(address)
      .replace(/[^/]*[*?{[(!].*$|\/+$/s, '')
      .replace(/\/+$/, '')
  return folder === undefined ? baseOf(glob?.[0] ?? '.', start) : path.resolve(start, folder)
}

function setId({ set: given, list }: SetOptions, place: string): string {
  if (given === undefined) return list === undefined ? safeId(path.basename(place)) : idOf(isAddress(place) ? nameIn(place) : place)
  if (safeId(given) === given) return given
  throw new PipelineError('OPTION_INVALID', `patches.set '${given}' cannot be a file name`, { hint: `write ${safeId(given)}` })
}

/** The same word wherever the picture lies: in a web address a space may be written as `%20`. */
const parentOf = (uri: string) => (isAddress(uri) ? nameIn(folderOf(uri)) : path.basename(folderOf(uri)))

type Asked = SetOptions & AskedUntil

/** Pictures, and the folder that they are named from; null where they lie on several servers. */
interface Found {
  readonly root: string | null
  readonly images: readonly SetImage[]
}

async function globbed(options: Asked, folder: string): Promise<Found> {
  const of = (uris: readonly string[]) => uris.map((uri): SetImage => ({ uri }))
  if (options.folder !== undefined && isAddress(options.folder)) {
    const inside = `${options.folder.replace(/\/*$/, '')}/${pictures}`
    return { root: withoutSecrets(options.folder).replace(/\/+$/, ''), images: of(await foundBy([inside], folder, options)) }
  }
  const base = options.folder === undefined ? folder : path.resolve(folder, options.folder)
  if (options.folder !== undefined) await mustExist(base)
  const files = of(await foundBy(options.glob ?? [pictures], base, options))
  if (options.folder !== undefined) return { root: base, images: files }
  const fixed = (options.glob ?? []).filter((pattern) => !pattern.startsWith('!')).map((pattern) => fixedFolder(pattern, folder))
  return { root: commonFolder(fixed), images: files }
}

/** What a pattern names before its first wildcard. */
function fixedFolder(pattern: string, folder: string): string {
  if (!isAddress(pattern)) return baseOf(pattern, folder)
  if (schemeOf(pattern) === 'http') return folderOf(pattern)
  const parts = withoutSecrets(pattern).split('/')
  const wild = parts.findIndex((part, i) => i > 2 && isPattern(part))
  return parts.slice(0, wild < 0 ? -1 : wild).join('/')
}

/** Paths start at the folder of the list. */
async function listed(options: Asked, list: string, known: ValueTypes): Promise<Found> {
  const table = await readTable(list, ownColumns, options)
  const file = withoutSecrets(list)
  const at = (line: number) => ({ at: { file, line, column: 1 } })
  if (options.label === 'parent' && table.columns.includes('label')) {
    throw new PipelineError('OPTION_INVALID', 'patches.label is parent, and the list has a column label: which one?', at(1))
  }
  const further = carriedColumns(table, file, options, known, ownColumns)
  const faults: PipelineError[] = []
  const images: SetImage[] = []
  let isBeside = true
  const turn = everyTurn()
  for (const row of table.rows) {
    await turn(workOfLine)
    const { line, values } = row
    try {
      if (!values.uri) throw new PipelineError('LIST_INVALID', 'this line names no uri')
      const uri = listPath(values.uri, list)
      isBeside &&= isRelative(values.uri)
      // One that is not there is a patch that cannot be read: on_error says what becomes of it.
      const carried = further.length === 0 ? {} : { carried: carriedOf(further, row) }
      images.push({ uri, ...(values.label ? { label: values.label } : {}), ...carried })
    } catch (cause) {
      if (!(cause instanceof PipelineError)) throw cause
      faults.push(new PipelineError(cause.code, cause.message, { ...at(line), ...(cause.hint ? { hint: cause.hint } : {}) }))
    }
  }
  failAll(faults)
  // Paths that begin in the folder of the list are told as the list has them.
  return { root: isBeside ? folderOf(list) : commonFolder(images.map(({ uri }) => folderOf(uri))), images }
}
