/** The pretrained models by name, from `models/zoo.yml`: what each is, where its weights are, and whether it is here. */

import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { Bug, ModelError } from '../../core/errors.js'
import type { ModelClass } from '../../core/model.js'
import { list, pixels, real, record, resolution, shape, text } from '../../core/options.js'
import { nearest } from '../../core/text/nearest.js'
import { parsed } from '../../core/text/parsed.js'
import type { Resolution } from '../../geometry/resolution.js'
import { bundledFolder, cacheFolder } from '../../models/card/find.js'
import { parseYaml } from '../../models/card/yaml.js'

export interface ZooClass extends ModelClass {
  readonly about: string
}

export interface ZooModel {
  /** `resnet18-kather100k` */
  readonly name: string
  /** Name of the network, as the converter knows it. */
  readonly architecture: string
  /** The labelled patches it was trained on: `kather100k`, `pcam`. */
  readonly set: string
  readonly about: string
  readonly classes: readonly ZooClass[]
  /** Pixels of a patch, at this resolution. */
  readonly size: number
  readonly at: Resolution
  readonly licence: string
  /** Published, of the set's test patches. */
  readonly f1: number
  /** Where the weights are, in the order to try. */
  readonly sources: readonly string[]
}

const zooForm = shape({
  sets: record(
    shape({
      about: text(),
      size: pixels(),
      at: resolution(),
      licence: text(),
      classes: list(shape({ name: text(), color: text().regex(/^#[0-9a-f]{6}$/), about: text() })).min(2),
    }),
  ),
  sources: list(shape({ url: text(), sets: list(text()).optional() })).min(1),
  networks: record(shape({ f1: record(real(0, 1)), timm: text().optional() })),
})

const file = path.join(bundledFolder, 'zoo.yml')

/** All models, by network and then by set. */
export async function readZoo(): Promise<readonly ZooModel[]> {
  const form = parsed(zooForm, parseYaml(await readFile(file, 'utf8'), file))
  if ('problems' in form) throw new Bug(`${file}: ${form.problems.join('; ')}`)
  const { sets, sources, networks } = form.value
  return Object.entries(networks).flatMap(([network, { f1, timm }]) =>
    Object.entries(sets).map(([set, facts]): ZooModel => {
      const name = `${network}-${set}`
      const score = f1[set]
      if (score === undefined) throw new Bug(`${file}: ${network} has no f1 for ${set}`)
      const usable = sources.filter((s) => (s.sets?.includes(set) ?? true) && (timm !== undefined || !s.url.includes('{timm}')))
      const urls = usable.map(({ url }) => filled(url, { name, network, timm: timm ?? '' }))
      return { name, architecture: network, set, ...facts, f1: score, sources: urls }
    }),
  )
}

/** `{name}` and the like in a URL. */
export function filled(url: string, values: Readonly<Record<string, string>>): string {
  return url.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole)
}

/** One model. Throws MODEL_UNKNOWN with the nearest name. */
export async function zooModel(name: string): Promise<ZooModel> {
  const zoo = await readZoo()
  const found = zoo.find((model) => model.name === name)
  if (found) return found
  const known = zoo.map((model) => model.name)
  const near = nearest(name, known)
  // `resnet18` is the beginning of several.
  const longer = known.filter((one) => one.startsWith(`${name.toLowerCase()}-`))
  throw new ModelError('MODEL_UNKNOWN', `there is no pretrained model '${name}'${near === null ? '' : `, did you mean '${near}'?`}`, {
    hint: longer.length > 0 ? `there are ${longer.join(', ')}` : 'tiastream models list shows them all',
  })
}

/** Where a pulled model lies. */
export const pulledFolder = (name: string): string => path.join(cacheFolder(), name)

/** Whether a model was pulled: its card is there, which is written last. */
export async function isHere(name: string): Promise<boolean> {
  const card = await stat(path.join(pulledFolder(name), 'model.yml')).catch(() => null)
  return card?.isFile() ?? false
}
