/** The tiles of a run, by pattern or list. */

import type { ValueTypes } from '../../core/source.js'
import { type FileOptions, fileColumns, fileRefs, fileWarnings } from '../common/files.js'

export const columns = fileColumns
export const warnings = (options: FileOptions, folder: string, signal?: AbortSignal) =>
  fileWarnings({ source: 'tiles', options, folder, signal })
export default (options: FileOptions, folder: string, known?: ValueTypes, signal?: AbortSignal) =>
  fileRefs({ source: 'tiles', kind: 'tile', options, folder, known, signal })
