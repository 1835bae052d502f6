/** Files on servers. A web server has no folders; what a bucket has is found by the beginnings of its keys. */

import { type RemoteOptions, schemeOf, withoutSecrets } from '../../core/address.js'
import { openRemote } from '../remote-source.js'
import type { Files } from './files.js'

/** In a web address a name is written with `%20` for a space. */
const written = (uri: string, name: string) => (schemeOf(uri) === 'http' ? name.split('/').map(encodeURIComponent).join('/') : name)

export const remoteFiles = (options?: RemoteOptions): Files => ({
  open: (uri, signal) => openRemote(uri, options, signal),
  list: async () => null,
  // What signs the address of one file signs that of no other.
  beside: (uri, name) => withoutSecrets(uri).replace(/[^/]*$/, '') + written(uri, name),
  below: (folder, name) => `${withoutSecrets(folder).replace(/\/*$/, '')}/${written(folder, name)}`,
})
