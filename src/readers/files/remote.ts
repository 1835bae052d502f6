/** Files on servers. A web server has no folders; what a bucket has is found by the beginnings of its keys. */

import { asUserOf, type RemoteOptions, schemeOf, signature, withoutSecrets } from '../../core/address.js'
import { openRemote } from '../remote-source.js'
import type { Files, Listed } from './files.js'
import { tooMany } from './local.js'

/** In a web address a name is written with `%20` for a space. */
const written = (uri: string, name: string) => (schemeOf(uri) === 'http' ? name.split('/').map(encodeURIComponent).join('/') : name)

/** `slide`: the address that was given; its user asks for all files of the slide, and what signs a folder or container of Azure signs all in it. */
export const remoteFiles = (options?: RemoteOptions, slide = ''): Files => ({
  open: (uri, signal, known) => openRemote(asUserOf(uri + signatureFor(uri, slide), slide), options, { signal, known }),
  list: (uri, most, signal) =>
    schemeOf(uri) !== 'http' && withoutSecrets(uri).endsWith('/')
      ? keysIn(uri + signatureFor(uri, slide), most, options, signal)
      : Promise.resolve(null),
  // What signs the address of one file signs that of no other.
  beside: (uri, name) => withoutSecrets(uri).replace(/[^/]*$/, '') + written(uri, name),
  below: (folder, name) => `${withoutSecrets(folder).replace(/\/*$/, '')}/${written(folder, name)}`,
})

function signatureFor(uri: string, slide: string): string {
  const signed = schemeOf(slide) === 'az' ? signature.exec(slide)?.[0] : undefined
  return signed !== undefined && schemeOf(uri) === 'az' && !signature.test(uri) ? signed : ''
}

/** Of a key that ends in a slash: the keys that begin with it, up to the next slash. */
async function keysIn(uri: string, most: number, options: RemoteOptions = {}, signal?: AbortSignal): Promise<readonly Listed[]> {
  const [{ objectsBelow }, { placeOf }] = await Promise.all([import('../../remote/list.js'), import('../../remote/place.js')])
  const place = placeOf(uri)
  const folder = place.key
  const found: Listed[] = []
  for await (const { key, size, isPrefix } of objectsBelow(place, '/', options, { signal })) {
    const name = key.slice(folder.length).replace(/\/$/, '')
    // Some programs keep an empty object for the folder itself.
    if (name === '') continue
    if (found.length === most) throw tooMany(uri, most)
    found.push({
      name,
      uri: `${withoutSecrets(uri)}${name}${isPrefix ? '/' : ''}`,
      isFolder: isPrefix,
      ...(isPrefix ? {} : { size }),
    })
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}
