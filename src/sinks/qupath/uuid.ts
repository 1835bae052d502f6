/** Names that stay the same (UUID version 5, RFC 9562): QuPath ignores ids that are no UUIDs. */

import { createHash } from 'node:crypto'

export function uuidV5(name: string, namespace: Uint8Array): string {
  const hash = createHash('sha1').update(namespace).update(name, 'utf8').digest().subarray(0, 16)
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

export const bytesOfUuid = (uuid: string): Uint8Array => Buffer.from(uuid.replaceAll('-', ''), 'hex')

/** The namespace of object identifiers, from RFC 9562. */
const oid = bytesOfUuid('6ba7b812-9dad-11d1-80b4-00c04fd430c8')

/** The namespace of our patches: their names are theirs alone. */
const patches = bytesOfUuid(uuidV5('tiastream.patch', oid))

/** The id of a patch: of this slide's bytes and its place in the grid, so that a second run gives the same. */
export const patchUuid = (head: string, bytes: number, index: number): string => uuidV5(`${head}:${bytes}:${index}`, patches)
