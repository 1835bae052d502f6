/** From a table to its slide: a table says who its slide is, and the receipt in the output that it lies in says where that is. */

import path from 'node:path'
import { isAddress, withoutSecrets } from '../../core/address.js'
import type { SlideRef } from '../../core/slide.js'
import type { TableMetadata } from '../../sinks/common/metadata.js'
import { addressProblem } from './output-address.js'
import { type Receipt, readReceipt, receiptIds } from './receipts.js'
import { storeOf } from './store-of.js'

/** A template may put tables into folders of the output, so far down. */
const deepest = 5

/** Where a slide lies, and how its address is asked for. */
export type SlidePlace = Pick<SlideRef, 'uri' | 'remote'>

/** As a table of version 0.1 says itself. Null where no receipt is found: the table was taken elsewhere. */
export async function slidePlace(table: string, { id, uri }: TableMetadata['slide']): Promise<SlidePlace | null> {
  if (uri !== undefined) return { uri }
  // What a table says may have been written by anyone: no path to another file.
  if (/[/\\\0]/.test(id)) return null
  for (const folder of foldersAbove(table)) {
    const receipt = await readReceipt(await storeOf(folder), id)
    if (receipt !== null) return placeIn(receipt)
  }
  return null
}

export const placeIn = ({ uri, remote }: Pick<Receipt, 'uri' | 'remote'>): SlidePlace => ({
  uri,
  ...(remote === undefined ? {} : { remote }),
})

/** The output that an address lies in, of whoever names a table or a folder in it. Null where none is found, or may be looked for. */
export async function outputAbove(address: string): Promise<string | null> {
  for (const folder of foldersAbove(address)) {
    const ids = await receiptIds(await storeOf(folder)).catch(() => [])
    if (ids.length > 0) return folder
  }
  return null
}

function foldersAbove(table: string): readonly string[] {
  const folders: string[] = []
  let at = isAddress(table) ? withoutSecrets(table) : path.resolve(table)
  while (folders.length < deepest) {
    const above = isAddress(table) ? at.replace(/[^/]*\/?$/, '') : path.dirname(at)
    if (above === at || (isAddress(table) && addressProblem(above) !== null)) break
    folders.push(above)
    at = above
  }
  return folders
}
