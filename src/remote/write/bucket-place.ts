/** Where in a bucket results go: what their address says, before anything is asked. */

import { withoutSecrets } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import { type Place, placeOf } from '../place.js'
import { resultErrorOf } from './result-error.js'

export interface BucketPlace {
  readonly place: Place
  /** What stands before the name of every object: empty, or ends with a slash. */
  readonly base: string
  /** The address without its secrets; ends with a slash. */
  readonly uri: string
}

/** Throws SinkError for an invalid address. */
export function bucketPlace(uri: string): BucketPlace {
  const place = readPlace(uri)
  const base = place.key === '' || place.key.endsWith('/') ? place.key : `${place.key}/`
  return { place, base, uri: `${place.scheme}://${place.bucket}/${base}` }
}

function readPlace(uri: string): Place {
  try {
    return placeOf(uri)
  } catch (error) {
    throw error instanceof SlideError ? resultErrorOf(error, withoutSecrets(uri), 'written') : error
  }
}
