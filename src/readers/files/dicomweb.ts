/** What lies on a DICOMweb server: a series, which is one slide. Nothing lies beside it, and nothing in it has a name. */

import { schemeOf } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import { openSeries } from '../dicom/series-source.js'
import type { Files } from './files.js'

export const dicomwebFiles: Files = {
  async open(uri, signal, known) {
    if (schemeOf(uri) !== 'dicomweb') throw new SlideError('SLIDE_MISSING', `${uri} is no series of a DICOMweb server`)
    return openSeries(uri, signal, known)
  },
  list: async () => null,
  beside: (uri, name) => `${uri.replace(/[^/]*$/, '')}${name}`,
  below: (folder, name) => `${folder}/${name}`,
}
