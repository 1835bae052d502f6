/** Facets of OpenLineage: each names who made it and which version of its schema it keeps to. */

import { tiastreamVersion } from '../../pipeline/plan/version.js'

export type Facets = Readonly<Record<string, object>>

/** Who makes the events: a package URL. */
export const producer = `pkg:npm/tiastream@${tiastreamVersion}`

const versions = {
  DatasetVersionDatasetFacet: '1-0-1',
  ErrorMessageRunFacet: '1-0-1',
  InputStatisticsInputDatasetFacet: '1-0-0',
  JobTypeJobFacet: '2-0-4',
  OutputStatisticsOutputDatasetFacet: '1-0-2',
  ParentRunFacet: '1-2-0',
  ProcessingEngineRunFacet: '1-1-1',
  SchemaDatasetFacet: '1-2-0',
  StorageDatasetFacet: '1-0-1',
} as const

const spec = 'https://openlineage.io/spec'

export const facet = (name: keyof typeof versions, values: object) => ({
  _producer: producer,
  _schemaURL: `${spec}/facets/${versions[name]}/${name}.json#/$defs/${name}`,
  ...values,
})

/** One of our own: the standard has nothing for it. */
export const ownRunFacet = (values: object) => ({
  _producer: producer,
  _schemaURL: `${spec}/2-0-2/OpenLineage.json#/$defs/RunFacet`,
  ...values,
})

export const engine = facet('ProcessingEngineRunFacet', { name: 'tiastream', version: tiastreamVersion })

export const eventSchema = `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent`
