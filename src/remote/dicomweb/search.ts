/** Which slides a DICOMweb server has (QIDO-RS): series of the modality SM, of a study or of all. */

import { SlideError } from '../../core/errors.js'
import { isUid, type SearchAddress, searchAddress } from './address.js'
import { answerTo, jsonOf, longPatience } from './ask.js'

/** Series of a page; a server may give fewer. Some refuse so many (Azure gives 200), or to be told at all: then as many as it likes. */
const limits = [500, 100, undefined] as const
/** A page has some kilobytes a series. */
const mostText = 16 * 2 ** 20
/** A million series and more are no cohort. */
const mostPages = 2000
const mostSeries = mostPages * limits[0]

type Json = Readonly<Record<string, { readonly Value?: readonly unknown[] } | undefined>>

const [MODALITY, STUDY, SERIES] = ['00080060', '0020000D', '0020000E'] as const

/** Addresses of all series that an address stands for, in the order of the server; of a series its own. Throws SlideError, and the reason of the signal. */
export async function* seriesBelow(uri: string, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
  const address = searchAddress(uri)
  const { study, series } = address
  if (study !== undefined && series !== undefined) return yield uri
  const own = `${passedOn(address.query)}`
  const seen = new Set<string>()
  for await (const one of found(address, signal)) {
    const [ofStudy = study, ofSeries, modality = 'SM'] = [STUDY, SERIES, MODALITY].map((tag) => one?.[tag]?.Value?.[0])
    if (typeof ofStudy !== 'string' || typeof ofSeries !== 'string' || !isUid(ofStudy) || !isUid(ofSeries))
      throw new SlideError('SLIDE_UNREADABLE', `the server lists a series of ${address.shown} without saying which it is`)
    // Some servers do not match what they are asked to.
    const isMeant = modality === 'SM' && (study ?? ofStudy) === ofStudy && (series ?? ofSeries) === ofSeries
    const found = `${address.written}/studies/${ofStudy}/series/${ofSeries}${own && `?${own}`}`
    if (isMeant && !seen.has(found)) yield found
    seen.add(found)
  }
}

/** What of a query asks for no attribute: it goes with each request, as that of a series does (`?key=…`). */
const passedOn = (query: string): URLSearchParams =>
  new URLSearchParams([...new URLSearchParams(query)].filter(([name]) => !asksFor.test(name)))

/** Names and numbers of attributes, and QIDO-RS's own words. */
const asksFor = /^(?:[A-Z][A-Za-z]+(?:\.\w+)*|[\dA-F]{8}(?:\.\w+)*|includefield|fuzzymatching|limit|offset|orderby)$/

/** Series, of a study or of all. A server that has no list of all is asked for its studies, as far as the question is one about studies. */
async function* found(address: SearchAddress, signal: AbortSignal | undefined): AsyncGenerator<Json, void, undefined> {
  const { study, series, query } = address
  const listed = (path: string, asked: URLSearchParams) => pages({ address, path, asked, signal })
  const asked = new URLSearchParams(query)
  const isOfStudies = [...asked.keys()].every((key) => ofStudies.has(key) || !asksFor.test(key))
  asked.set('Modality', 'SM')
  if (series !== undefined) asked.set('SeriesInstanceUID', series)
  let any = false
  try {
    for await (const one of listed(`${study === undefined ? '' : `/studies/${study}`}/series`, asked)) {
      any = true
      yield one
    }
  } catch (error) {
    const isRefused = error instanceof SlideError && ['SLIDE_MISSING', 'SLIDE_UNREADABLE'].includes(error.code)
    if (any || study !== undefined || series !== undefined || !isOfStudies || !isRefused) throw error
    const studies = new URLSearchParams(query)
    studies.set('ModalitiesInStudy', 'SM')
    for await (const one of listed('/studies', studies)) {
      const uid = one?.[STUDY]?.Value?.[0]
      if (typeof uid !== 'string' || !isUid(uid)) throw error
      const own = { [STUDY]: { Value: [uid] } }
      const inStudy = passedOn(query)
      inStudy.set('Modality', 'SM')
      for await (const below of listed(`/studies/${uid}/series`, inStudy)) yield { ...own, ...below }
    }
  }
}

/** What a study is asked for by. */
const ofStudies: ReadonlySet<string> = new Set([
  ...['PatientID', 'PatientName', 'PatientBirthDate', 'AccessionNumber', 'ReferringPhysicianName'],
  ...['StudyDate', 'StudyTime', 'StudyID', 'StudyInstanceUID', 'StudyDescription'],
])

interface Search {
  readonly address: SearchAddress
  /** Below that of the service. */
  readonly path: string
  readonly asked: URLSearchParams
  readonly signal: AbortSignal | undefined
}

/** What is found, page by page, each once. */
async function* pages({ address, path, asked, signal }: Search): AsyncGenerator<Json, void, undefined> {
  const { shown, service } = address
  const seen = new Set<string>()
  const tooMany = () => new SlideError('SLIDE_TOO_LARGE', `${shown} has more series than ${mostPages} pages say`)
  let [page, offset, way] = [0, 0, 0]
  while (page < mostPages) {
    const limit = limits[way]
    if (limit === undefined) asked.delete('limit')
    else asked.set('limit', `${limit}`)
    asked.set('offset', `${offset}`)
    let list: unknown
    try {
      list = await answerTo({
        url: `${service}${path}?${asked}`,
        shown,
        accept: 'application/dicom+json',
        most: mostText,
        read: jsonOf(shown),
        none: [204],
        patience: longPatience,
        signal,
      })
    } catch (error) {
      if (!(error instanceof SlideError) || error.code !== 'SLIDE_UNREADABLE' || page > 0 || way + 1 === limits.length) throw error
      way++
      continue
    }
    if (list === null) return
    if (!Array.isArray(list))
      throw new SlideError('SLIDE_UNREADABLE', `the server answers with no list of series where ${shown} is asked for`)
    const before = seen.size
    for (const one of list as readonly Json[]) {
      const own = [STUDY, SERIES].map((tag) => one?.[tag]?.Value?.[0]).join()
      if (!seen.has(own)) yield one
      seen.add(own)
    }
    if (seen.size > mostSeries) throw tooMany()
    if (list.length === 0) return
    // One that knows no pages says the same again: all that there is, unless it stopped where a page ends.
    if (seen.size === before) {
      if (list.length !== limit) return
      throw new SlideError(
        'SLIDE_UNREADABLE',
        `the server gives ${limit} series of ${shown}, and the same again where the next ones are asked for`,
        {
          hint: 'there may be more: ask for less at a time, such as the series of one study (…/studies/1.2.3)',
        },
      )
    }
    offset += list.length
    page++
  }
  throw tooMany()
}
