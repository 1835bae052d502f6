/** The slides of a run, by pattern or list. */

import type { ValueTypes } from '../../core/source.js'
import { type FileOptions, fileColumns, fileRefs, fileWarnings } from '../common/files.js'

export const columns = fileColumns
export const warnings = (options: FileOptions, folder: string, signal?: AbortSignal) =>
  fileWarnings({ source: 'slides', options, folder, signal })
export default (options: FileOptions, folder: string, known?: ValueTypes, signal?: AbortSignal) =>
  fileRefs({ source: 'slides', kind: 'slide', options, folder, known, signal })
