/**
 * Addresses of DICOMweb: `dicomweb://host/path/studies/…/series/…` is asked over https, `dicomweb+http://…` over http (a server of this machine, or of
 * a network of one's own). A study, or the service itself, is an address of all slides in it.
 */

import { withoutSecrets } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'

export interface SeriesAddress {
  /** Without secrets, as it was written. */
  readonly shown: string
  /** Where the series is asked for, with user and password: `https://host/path/studies/…/series/…`. */
  readonly url: string
  /** Goes with every request: `?key=…`; or empty. */
  readonly query: string
  readonly series: string
}

/** Of many series: what is behind the service, as QIDO-RS has it. */
export interface SearchAddress {
  readonly shown: string
  /** `https://host/path`, with user and password. */
  readonly service: string
  /** The same with its own scheme. */
  readonly written: string
  /** Absent: any. */
  readonly study?: string
  readonly series?: string
  /** What they are to match: `PatientID=…&StudyDate=…`. */
  readonly query: string
}

/** A unique identifier as DICOM has it: it becomes a part of an address, and of a file's name. */
export const isUid = (text: string): boolean => /^\d[\d.]{0,63}$/.test(text)

const shape = /^dicomweb(?:\+(https?))?:\/\/([^/?#]+)([^?#]*)(\?[^#]*)?/is
const form = 'dicomweb://host/path/studies/1.2.3/series/4.5.6'

/** Throws SlideError for an invalid address. */
export function searchAddress(uri: string): SearchAddress {
  const shown = withoutSecrets(uri)
  const [, scheme = 'https', host = '', path = '', query = ''] = shape.exec(uri) ?? []
  if (!URL.canParse(`https://${host}${path}`)) throw new SlideError('SLIDE_MISSING', `'${shown}' is no address`, { hint: `write ${form}` })
  const [, before, study, series] = /^(.*?)(?:\/studies(?:\/([^/]+)(?:\/series(?:\/([^/]+))?)?)?)?\/*$/s.exec(path)!
  for (const uid of [study, series])
    if (uid !== undefined && uid !== '*' && !isUid(uid))
      throw new SlideError('SLIDE_MISSING', `'${shown}' has '${uid.slice(0, 80)}' where the number of a study or a series should be`, {
        hint: `write ${form}`,
      })
  const own = uri.slice(0, uri.indexOf('://')).toLowerCase()
  return {
    shown,
    service: `${scheme.toLowerCase()}://${host}${before}`,
    written: `${own}://${host}${before}`,
    ...(study === undefined || study === '*' ? {} : { study }),
    ...(series === undefined || series === '*' ? {} : { series }),
    query: query.slice(1),
  }
}

/** Throws SlideError where it names no series. */
export function seriesAddress(uri: string): SeriesAddress {
  const { shown, service, study, series, query } = searchAddress(uri)
  if (study === undefined || series === undefined)
    throw new SlideError('SLIDE_MISSING', `${shown} names no series`, {
      hint: `write ${form}; all series of a study are found by slides: { glob: … }`,
    })
  return { shown: shown.replace(/\/+$/, ''), url: `${service}/studies/${study}/series/${series}`, query: query && `?${query}`, series }
}
