/** What reading says of an address, as results are told of it. */

import { SinkError, type SlideError } from '../../core/errors.js'

/** Who asks, or where, is found out by the same code for slides and for results. */
export function resultErrorOf({ code, message, hint }: SlideError, shown: string, doing: string): SinkError {
  const codes: Readonly<Record<string, string>> = {
    SLIDE_FORBIDDEN: 'OUTPUT_DENIED',
    SLIDE_UNREACHABLE: 'OUTPUT_UNREACHABLE',
    SLIDE_MISSING: 'OUTPUT_MISSING',
    SLIDE_TOO_LARGE: 'OUTPUT_TOO_LARGE',
  }
  const said = message.includes(shown) ? message : `${shown} cannot be ${doing}: ${message}`
  return new SinkError(codes[code] ?? 'OUTPUT_FAILED', said, hint === undefined ? {} : { hint })
}
