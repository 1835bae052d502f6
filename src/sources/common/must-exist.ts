/** Whether the files that a source names are there. */

import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { isAddress } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import { namesakeHint } from '../../core/files/namesake.js'
import { systemCode } from '../../core/files/system-error.js'
import type { SlideRef } from '../../core/slide.js'
import { missing } from './odd-values.js'

interface Said {
  /** With what helps: for that a folder is read, which is too much for each line of a long list. */
  readonly hinted?: boolean
}

/** The file of a ref that is not there, or may not be read: the slide itself, or its mask. */
export async function absentOf({ uri, mask, pixels }: SlideRef, said?: Said): Promise<PipelineError | undefined> {
  for (const needed of [pixels ? undefined : uri, mask]) {
    const fault = needed === undefined ? undefined : await faultOf(needed, said)
    if (fault) return fault
  }
  return undefined
}

/** Why a file cannot be read, as far as that can be seen from here. */
export async function faultOf(file: string, { hinted = false }: Said = {}): Promise<PipelineError | undefined> {
  // One on a server is asked for when its turn comes.
  if (isAddress(file)) return undefined
  try {
    await access(file, constants.R_OK)
    return undefined
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      return new PipelineError('FILE_UNREADABLE', `${file} cannot be read (${systemCode(cause)})`, { cause })
    const hint = hinted ? await hintOf(file) : undefined
    return new PipelineError('FILE_MISSING', `there is no file ${file}`, hint === undefined ? { cause } : { hint, cause })
  }
}

export async function mustExist(file: string): Promise<void> {
  const fault = await faultOf(file, { hinted: true })
  if (fault) throw fault
}

const hintOf = async (file: string): Promise<string | undefined> =>
  missing.test(path.basename(file)) ? 'a value that is missing is left empty' : namesakeHint(file)
