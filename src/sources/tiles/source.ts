/** The tiles of a run, by pattern or list. */

import { type FileOptions, fileColumns, fileRefs } from '../common/files.js'

export const columns = fileColumns
export default (options: FileOptions, folder: string) => fileRefs('tiles', 'tile', options, folder)
