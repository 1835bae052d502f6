/** What is said of a name that is not known: which one is meant, else which there are. */

import type { OptionsSpec } from '../../core/options.js'
import { didYouMean } from '../../core/text/did-you-mean.js'
import { type Environment, sections, writableStages } from '../environment/environment.js'
import { meantBy, otherOptions, otherSinks, otherStages, saidElsewhere, saidOfSources } from '../plan/other-names.js'
import { runtimeOptions } from '../plan/runtime.js'

interface Named {
  readonly summary?: string
  readonly options: OptionsSpec
}

type Specs = Readonly<Record<string, Named>>

/** `there is no sink 'hdf5': write clam (HDF5 as CLAM and TRIDENT load it)`. */
export function unknownPart(kind: 'stage' | 'sink', name: string, environment: Environment): string {
  const [own, other] =
    kind === 'stage' ? [writableStages(environment), environment.sinks] : [environment.sinks, writableStages(environment)]
  const none = `there is no ${kind} '${name}'`
  const near = didYouMean(name, Object.keys(own))
  const meant = meantBy(name, kind === 'stage' ? otherStages : otherSinks).filter((ours) => Object.hasOwn(own, ours))
  if (Object.hasOwn(other, name))
    return `${none}: ${name} is a ${kind === 'stage' ? 'sink, write it below sinks:' : 'stage, write it below stages:'}`
  if (sections.includes(name) || Object.hasOwn(environment.sources, name))
    return `${none}: ${name}: is a section of its own, begin it at the start of a line`
  if (meant.length > 0) return `${none}: write ${meant.map((ours) => `${ours} (${gist(own[ours]!)})`).join(' or ')}`
  const said = elsewhere(name)
  if (said !== undefined) return `${none}: ${said}`
  if (near !== '') return `${none}${near}`
  return `${none}; there are ${Object.keys(own).join(', ')}`
}

/** Of a word that is no option here: what is said in its place. */
export const elsewhere = (key: string): string | undefined => (Object.hasOwn(saidElsewhere, key) ? saidElsewhere[key] : undefined)

/** The same of a source: how many slides it has is no number of patches. */
export const elsewhereOfSource = (key: string, spec: OptionsSpec): string | undefined =>
  Object.hasOwn(spec, 'glob') && Object.hasOwn(saidOfSources, key) ? saidOfSources[key] : undefined

/** The first clause of a summary. */
function gist({ summary = '' }: Named): string {
  const clause = summary.split(/[:;.](?:\s|$)/)[0]!
  return /^(?!Arrow|Parquet)[A-Z][a-z]*(?:\s|$)/.test(clause) ? `${clause[0]!.toLowerCase()}${clause.slice(1)}` : clause
}

/** What options the name may mean, as they are written: `size`, or `batch.size` of another part, and of those the ones that take its value. */
export function optionsMeant(key: string, value: unknown, spec: OptionsSpec, environment: Environment | undefined): readonly string[] {
  const parts: Specs = environment ? { ...environment.sinks, ...writableStages(environment), runtime: { options: runtimeOptions } } : {}
  const isThere = (ours: string) => {
    const [part, option] = ours.split('.') as [string, string?]
    return option === undefined ? Object.hasOwn(spec, part) : part in parts && Object.hasOwn(parts[part]!.options, option)
  }
  const meant = meantBy(key, otherOptions).filter((ours) => ours !== key && isThere(ours))
  const [here] = meant.filter((ours) => !ours.includes('.'))
  if (here !== undefined) return [here]
  if (meant.length > 0) return meant
  const stages = environment ? writableStages(environment) : {}
  const owners = Object.keys({ ...stages, runtime: {} }).filter((name) => Object.hasOwn(parts[name]?.options ?? {}, key))
  const taking = owners.filter((name) => parts[name]!.options[key]!.safeParse(value).success)
  return (taking.length > 0 ? taking : owners).map((name) => `${name}.${key}`)
}
