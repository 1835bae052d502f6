/** Options that sources share. */

import { flag, oneOf, oneOrMore, pattern, real, record, shape, text } from '../../core/options.js'
import { valueTypes } from '../../core/source.js'

export const columnTypes = () =>
  record(oneOf(...valueTypes))
    .optional()
    .describe(
      'What further columns of the list are: `{ age: integer, case: text }`. One that is not named is a number where every text comes back from the number as it was, else text; the first run into an output decides for those that follow.',
    )

const store = (form: string, usual: string) =>
  shape({
    anonymous: flag().optional().describe('Ask without saying who asks: what is public.'),
    endpoint: text().optional().describe(`Address of the server; ${usual} unless given.`),
  })
    .optional()
    .describe(`How \`${form}\` is asked for.`)

/** Of files on servers. */
export const remoteOptions = () => ({
  s3: shape({
    anonymous: flag().optional().describe('Ask without signing: a public bucket.'),
    endpoint: text()
      .optional()
      .describe("Address of a server that is not Amazon's: `https://minio.hospital.org`; AWS_ENDPOINT_URL_S3 unless given."),
    region: text().optional().describe('Region of the buckets; AWS_REGION, or that of the profile, unless given.'),
    path_style: flag()
      .optional()
      .describe('`https://endpoint/bucket/key` instead of `https://bucket.endpoint/key`; by default with an endpoint.'),
    profile: text().optional().describe('Profile of `~/.aws/config` and `~/.aws/credentials`; AWS_PROFILE unless given.'),
  })
    .optional()
    .describe('How `s3://bucket/key` is asked for. Keys are no option: they come from the environment, the shared files, or the machine.'),
  gs: store('gs://bucket/key', 'storage.googleapis.com'),
  az: store('az://account/container/key', "the account's own"),
  cache: oneOf('none', 'download')
    .optional()
    .describe(
      '`download`: a file on a server is fetched whole into a temporary folder before it is read. By default only the parts that are needed are fetched.',
    ),
})

export const fileOptions = (what: string, endings: string) => ({
  glob: oneOrMore(pattern())
    .optional()
    .describe(
      `Pattern, or several, of the files: \`./${what}/**/*.{${endings}}\`, endings in upper or lower case. A pattern after \`!\` takes away (\`!**/x.*\` wherever the others look)${what === 'slides' ? ', one that ends in `/` finds folders (a DICOM series is one)' : ''}. On servers: \`s3://bucket/cohort/**/*.svs\` (gs://, az:// alike), one https:// address, or of a DICOMweb server \`dicomweb://host/path/studies/…/series/…\` (less of it: all slides below).`,
    ),
  list: text()
    .optional()
    .describe(
      'CSV file, a path or an address, with the column `uri` (a path, or an https:// or s3:// address), and if wanted `id`, `mpp`, `power`, `mask`, `label`; further columns are carried into every row. Commas, semicolons or tabs; UTF-8 or UTF-16.',
    ),
  columns: columnTypes(),
  mpp: real(1e-6, 1e6)
    .optional()
    .describe('Size of a baseline pixel in µm, where the files do not say or are wrong. A list may say it per file.'),
  power: real(0.01, 1000).optional().describe('Objective power, where the files do not say or are wrong. A list may say it per file.'),
  mask: text().optional().describe('Mask file of each, with `{slide}` for its id: `./masks/{slide}.png`. A list may say it per file.'),
  ...remoteOptions(),
})

/** Of slides alone: who may read them besides the readers of tiastream. */
export const readerChoice = () =>
  shape({
    openslide: oneOf('never', 'auto', 'always')
      .optional()
      .describe(
        'OpenSlide, where it is installed (`tiastream doctor` tells): `auto` for formats that tiastream does not read itself, `always` for all that it knows. Default `never`.',
      ),
  })
    .optional()
    .describe('Who may read the slides besides the readers of tiastream: `{ openslide: auto }`.')
