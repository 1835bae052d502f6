/** Which slides a DICOMweb server has (QIDO-RS): series of the modality SM, of a study or of all. */

import { SlideError } from '../../core/errors.js'
import { isUid, searchAddress } from './address.js'
import { answerTo, jsonOf, longPatience } from './ask.js'

/** Series of a page; a server may give fewer. */
const PAGE = 500
/** A page has some kilobytes a series. */
const mostText = 16 * 2 ** 20
/** A million series and more are no cohort. */
const mostPages = 2000

type Json = Readonly<Record<string, { readonly Value?: readonly unknown[] } | undefined>>

const [MODALITY, STUDY, SERIES] = ['00080060', '0020000D', '0020000E'] as const

/** Addresses of all series that an address stands for, in the order of the server; of a series its own. Throws SlideError. */
export async function* seriesBelow(uri: string, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
  const { shown, service, written, study, series, query } = searchAddress(uri)
  if (study !== undefined && series !== undefined) return yield uri
  const seen = new Set<string>()
  for (let [page, offset] = [0, 0]; page < mostPages; page++) {
    const asked = new URLSearchParams(query)
    asked.set('Modality', 'SM')
    if (series !== undefined) asked.set('SeriesInstanceUID', series)
    asked.set('limit', `${PAGE}`)
    asked.set('offset', `${offset}`)
    const found = await answerTo({
      url: `${service}${study === undefined ? '' : `/studies/${study}`}/series?${asked}`,
      shown,
      accept: 'application/dicom+json',
      most: mostText,
      read: jsonOf(shown),
      none: [204],
      patience: longPatience,
      signal,
    })
    if (found === null) return
    if (!Array.isArray(found))
      throw new SlideError('SLIDE_UNREADABLE', `the server answers with no list of series where ${shown} is asked for`)
    const before = seen.size
    for (const one of found as readonly Json[]) {
      const [ofStudy, ofSeries, modality] = [STUDY, SERIES, MODALITY].map((tag) => one?.[tag]?.Value?.[0])
      const own = ofStudy ?? study
      if (typeof own !== 'string' || typeof ofSeries !== 'string' || !isUid(own) || !isUid(ofSeries))
        throw new SlideError('SLIDE_UNREADABLE', `the server lists a series of ${shown} without saying which it is`)
      // Some servers do not match what they are asked to.
      const isMeant = (modality ?? 'SM') === 'SM' && (study ?? own) === own && (series ?? ofSeries) === ofSeries
      const address = `${written}/studies/${own}/series/${ofSeries}`
      if (seen.has(address)) continue
      seen.add(address)
      if (isMeant) yield address
    }
    // One that knows no pages says the same again.
    if (found.length === 0 || seen.size === before) return
    offset += found.length
  }
  throw new SlideError('SLIDE_TOO_LARGE', `${shown} has more series than ${mostPages} pages say`)
}
