/** What a file says that cannot be so, whatever its format. Formats that know what helps say so themselves. */

import { SlideError } from '../core/errors.js'

/** `fact` reads on from the address: `has no tiles`. */
export const malformed = (uri: string, fact: string, cause?: unknown): SlideError =>
  new SlideError('SLIDE_MALFORMED', `${uri} ${fact}`, cause === undefined ? {} : { cause })
