/** The files of each scheme: paths are of this machine, addresses of servers. */

import { isAddress, type RemoteOptions, schemeOf } from '../../core/address.js'
import type { ByteSource } from '../byte-source.js'
import type { Files } from './files.js'
import { localFiles } from './local.js'

/** What reads from servers is loaded when the first address is read. */
export function filesFor(uri: string, remote?: RemoteOptions): Files | Promise<Files> {
  if (schemeOf(uri) === 'dicomweb') return import('./dicomweb.js').then(({ dicomwebFiles }) => dicomwebFiles)
  return isAddress(uri) ? import('./remote.js').then(({ remoteFiles }) => remoteFiles(remote, uri)) : localFiles
}

/** Opens a file wherever it lies. Throws SlideError. */
export const openUri = async (uri: string, remote?: RemoteOptions, signal?: AbortSignal): Promise<ByteSource> =>
  (await filesFor(uri, remote)).open(uri, signal)
