/** The slides of a run, by pattern or list. */

import type { ValueTypes } from '../../core/source.js'
import { type FileOptions, fileColumns, fileRefs, fileWarnings } from '../common/files.js'

export const columns = fileColumns
export const warnings = (options: FileOptions, folder: string) => fileWarnings('slides', options, folder)
export default (options: FileOptions, folder: string, known?: ValueTypes) =>
  fileRefs({ source: 'slides', kind: 'slide', options, folder, known })
