/** An output that is an address: `s3://bucket/run7/`, `gs://…`, `az://account/container/run7/`. */

import { schemeOf, withoutSecrets } from '../../core/address.js'
import { SinkError } from '../../core/errors.js'
import { inOneLine } from '../../core/text/in-one-line.js'
import { bucketPlace } from '../../remote/write/bucket-place.js'

/** As it stands in plans and receipts: with a slash at its end. What is no address of a bucket stays as it is. */
export function normalAddress(written: string): string {
  return addressProblem(written) === null ? bucketPlace(written).uri : withoutSecrets(written)
}

/** Why results cannot go there, behind `output is …`; null when they can. */
export function addressProblem(written: string): string | null {
  if (['http', 'dicomweb'].includes(schemeOf(written) ?? '')) return 'results go to a folder, or to s3://, gs:// or az://'
  // It would stand in the plan, in receipts and on the screen.
  if (withoutSecrets(written) !== written)
    return 'a signature is a secret, and an output is written down: set AZURE_STORAGE_SAS_TOKEN instead'
  try {
    bucketPlace(written)
    return null
  } catch (error) {
    if (error instanceof SinkError) return inOneLine(error)
    throw error
  }
}
