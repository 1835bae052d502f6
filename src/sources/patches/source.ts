/** A set of ready-cut pictures as one SlideRef. It holds one address a picture: about 200 bytes each. */

import path from 'node:path'
import { PipelineError } from '../../core/errors.js'
import type { Column } from '../../core/row.js'
import type { SetImage, SlideRef } from '../../core/slide.js'
import { failAll } from '../common/fail.js'
import { exactlyOne, isUrl, mustExist } from '../common/files.js'
import { baseOf, filesOf } from '../common/glob.js'
import { idOf, safeId } from '../common/ids.js'
import { hintOf } from '../common/left-out.js'
import { readTable } from '../common/table.js'

export interface SetOptions {
  readonly folder?: string | undefined
  readonly glob?: string[] | undefined
  readonly list?: string | undefined
  readonly label: 'parent' | 'none'
  readonly set?: string | undefined
}

const pictures = '**/*.{png,jpg,jpeg,tif,tiff}'

const label: Column = {
  name: 'label',
  type: 'category',
  nullable: true,
  about: 'The label of the picture, as its folder or the list gives it.',
}

export async function columns(options: SetOptions, folder: string): Promise<readonly Column[]> {
  if (options.label === 'parent') return [label]
  if (options.list === undefined) return []
  return (await readTable(path.resolve(folder, options.list))).columns.includes('label') ? [label] : []
}

export default async function* set(options: SetOptions, folder: string): AsyncGenerator<SlideRef> {
  exactlyOne('patches', { ...options }, ['folder', 'glob', 'list'])
  const place = placeOf(options, folder)
  const found = options.list === undefined ? await globbed(options, folder) : await listed(options, place)
  if (found.length === 0) {
    const hint = await hintOf(options.glob ?? [], folder)
    throw new PipelineError('NO_SLIDES', `patches finds no picture in ${place}`, hint === undefined ? {} : { hint })
  }
  const images = options.label === 'parent' ? found.map((image) => ({ ...image, label: parentOf(image.uri) })) : found
  yield { kind: 'set', id: setId(options, place), uri: place, carried: {}, images }
}

function placeOf({ folder, glob, list }: SetOptions, start: string): string {
  return folder === undefined && list === undefined ? baseOf(glob?.[0] ?? '.', start) : path.resolve(start, folder ?? list ?? '.')
}

function setId({ set: given, list }: SetOptions, place: string): string {
  if (given === undefined) return list === undefined ? safeId(path.basename(place)) : idOf(place)
  if (safeId(given) === given) return given
  throw new PipelineError('OPTION_INVALID', `patches.set '${given}' cannot be a file name`, { hint: `write ${safeId(given)}` })
}

const parentOf = (uri: string) => path.basename(path.dirname(uri))

async function globbed(options: SetOptions, folder: string): Promise<readonly SetImage[]> {
  const base = options.folder === undefined ? folder : path.resolve(folder, options.folder)
  if (options.folder !== undefined) await mustExist(base)
  const files = await filesOf(options.glob ?? [pictures], base)
  return files.map((uri) => ({ uri }))
}

/** Paths start at the folder of the list. */
async function listed(options: SetOptions, file: string): Promise<readonly SetImage[]> {
  const table = await readTable(file)
  const at = (line: number) => ({ at: { file, line, column: 1 } })
  if (!table.columns.includes('uri'))
    throw new PipelineError('LIST_INVALID', `this list has no column uri; it has ${table.columns.join(', ')}`, at(1))
  const unknown = table.columns.find((name) => name !== 'uri' && name !== 'label')
  if (unknown !== undefined) {
    throw new PipelineError('LIST_INVALID', `this list has a column '${unknown}'; a list of patches has uri and label`, at(1))
  }
  if (options.label === 'parent' && table.columns.includes('label')) {
    throw new PipelineError('OPTION_INVALID', 'patches.label is parent, and the list has a column label: which one?', at(1))
  }
  const faults: PipelineError[] = []
  const images: SetImage[] = []
  for (const { line, values } of table.rows) {
    try {
      if (!values.uri) throw new PipelineError('LIST_INVALID', 'this line names no uri')
      const uri = isUrl(values.uri) ? values.uri : path.resolve(path.dirname(file), values.uri)
      // One that is not there is a patch that cannot be read: on_error says what becomes of it.
      images.push({ uri, ...(values.label ? { label: values.label } : {}) })
    } catch (cause) {
      if (!(cause instanceof PipelineError)) throw cause
      faults.push(new PipelineError(cause.code, cause.message, at(line)))
    }
  }
  failAll(faults)
  return images
}
