/** What a run takes and gives, as OpenLineage names it: https://openlineage.io/docs/spec/naming. */

import path from 'node:path'
import { isAddress, withoutSecrets } from '../../core/address.js'
import { folderOf } from '../../core/picture-path.js'
import type { Column } from '../../core/row.js'
import type { Plan } from '../../pipeline/plan/plan-type.js'
import { type Facets, facet } from './facets.js'

export interface Dataset {
  readonly namespace: string
  readonly name: string
  readonly facets: Facets
  readonly inputFacets?: Facets
  readonly outputFacets?: Facets
}

/** A folder, prefix or file by its path or address: `file` and the path; `s3://bucket` and the key; `https://host` and the path. */
export function named(uri: string): Pick<Dataset, 'namespace' | 'name'> {
  if (!isAddress(uri)) return { namespace: 'file', name: uri }
  const bare = withoutSecrets(uri)
  const [, namespace = bare, rest = ''] = /^([a-z][a-z0-9+]*:\/\/[^/]*)\/?(.*?)\/*$/is.exec(bare) ?? []
  return { namespace, name: rest === '' ? '/' : rest }
}

/** The folder that a slide lies in; of a relative path nobody knows. */
export const folderOfSlide = (uri: string): string => (isAddress(uri) || path.isAbsolute(uri) ? folderOf(uri) : '.')

/** Folders of slides that an event lists. */
const mostFolders = 1000

/** How many slides lie in which folder; of those that lie in no folder of the first thousand nothing is said. */
export class Folders {
  readonly counts = new Map<string, number>()

  add(uri: string): void {
    const folder = folderOfSlide(uri)
    if (this.counts.has(folder) || this.counts.size < mostFolders) this.counts.set(folder, (this.counts.get(folder) ?? 0) + 1)
  }
}

/** The folders of the slides, with how many each. */
export const slideInputs = ({ counts }: Folders): Dataset[] =>
  [...counts].map(([uri, fileCount]) => ({
    ...named(uri),
    facets: { storage: facet('StorageDatasetFacet', { storageLayer: layerOf(uri), fileFormat: 'whole slide image' }) },
    inputFacets: { inputStatistics: facet('InputStatisticsInputDatasetFacet', { fileCount }) },
  }))

/** The models, by the content of their files. */
export const modelInputs = ({ cards }: Plan): Dataset[] =>
  Object.values(cards).map(({ name, file, sha256 }) => ({
    ...(path.isAbsolute(file) ? named(file) : { namespace: 'tiastream', name }),
    facets: { version: facet('DatasetVersionDatasetFacet', { datasetVersion: sha256 ?? 'unknown' }) },
  }))

/** The output folder: its columns, and what the run added to it. */
export function outputOf({ output, columns, provenance, sinks }: Plan, added?: { readonly rows: number; readonly files: number }): Dataset {
  return {
    ...named(output),
    facets: {
      schema: facet('SchemaDatasetFacet', { fields: columns.map(fieldOf) }),
      storage: facet('StorageDatasetFacet', { storageLayer: layerOf(output), fileFormat: sinks.map(({ name }) => name).join(',') }),
      version: facet('DatasetVersionDatasetFacet', { datasetVersion: provenance.fingerprint }),
    },
    ...(added === undefined
      ? {}
      : {
          outputFacets: { outputStatistics: facet('OutputStatisticsOutputDatasetFacet', { rowCount: added.rows, fileCount: added.files }) },
        }),
  }
}

const fieldOf = ({ name, type, size, element, about }: Column, i: number) => ({
  name,
  type: type === 'vector' ? `${element ?? 'float32'}[${size}]` : type,
  description: about,
  ordinal_position: i + 1,
})

const layerOf = (uri: string) => (isAddress(uri) ? uri.slice(0, uri.indexOf(':')).toLowerCase() : 'file')
