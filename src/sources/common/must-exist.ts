/** Whether the files that a source names are there. */

import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { isAddress } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import type { SlideRef } from '../../core/slide.js'
import { systemCode } from '../../core/system-error.js'
import { missing } from './odd-values.js'

/** The file of a ref that is not there, or may not be read: the slide itself, or its mask. */
export async function absentOf({ uri, mask, pixels }: SlideRef): Promise<PipelineError | undefined> {
  for (const needed of [pixels ? undefined : uri, mask]) {
    const fault = needed === undefined ? undefined : await faultOf(needed)
    if (fault) return fault
  }
  return undefined
}

/** Why a file cannot be read, as far as that can be seen from here. */
export const faultOf = (file: string): Promise<PipelineError | undefined> => mustExist(file).then(() => undefined, asFault)

const asFault = (error: unknown): PipelineError => {
  if (error instanceof PipelineError) return error
  throw error
}

export async function mustExist(file: string): Promise<void> {
  // One on a server is asked for when its turn comes.
  if (isAddress(file)) return
  try {
    await access(file, constants.R_OK)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const hint = await nearby(file)
      throw new PipelineError('FILE_MISSING', `there is no file ${file}`, hint === undefined ? { cause } : { hint, cause })
    }
    throw new PipelineError('FILE_UNREADABLE', `${file} cannot be read (${systemCode(cause)})`, { cause })
  }
}

/** The same name, as other systems write it. */
const otherwise: readonly (readonly [as: (file: string) => string, hint: (file: string) => string])[] = [
  [(file) => file.replaceAll('\\', '/'), (file) => `there is ${file}: between folders stands / here`],
  [
    (file) => file.normalize('NFC'),
    () => 'there is one whose letters are composed (Unicode NFC), and here their marks stand alone, as macOS writes them',
  ],
  [
    (file) => file.normalize('NFD'),
    () => 'there is one whose marks stand alone (Unicode NFD, as macOS writes them), and here its letters are composed',
  ],
  [unpacked, (file) => `there is ${file}: a path is written as it is, and an address alone has %20 in it`],
  [
    (file) =>
      path.join(
        path.dirname(file),
        path.basename(file).replace(/^[\s'"\u2018-\u201d]+(?=.)|(?<=[^\s'"\u2018-\u201d])[\s'"\u2018-\u201d]+$/g, ''),
      ),
    (file) => `there is ${file}, without quotes and blanks around it`,
  ],
  [
    (file) => file.replace(/\.[a-z]+$/i, (end) => (end === end.toLowerCase() ? end.toUpperCase() : end.toLowerCase())),
    (file) => `there is ${path.basename(file)}: capital and small letters are not the same here`,
  ],
]

function unpacked(file: string): string {
  try {
    return decodeURI(file)
  } catch {
    return file
  }
}

async function nearby(file: string): Promise<string | undefined> {
  if (missing.test(path.basename(file))) return 'a value that is missing is left empty'
  for (const [as, hint] of otherwise) {
    const other = as(file)
    if (
      other !== file &&
      (await access(other).then(
        () => true,
        () => false,
      ))
    )
      return hint(other)
  }
  return undefined
}
