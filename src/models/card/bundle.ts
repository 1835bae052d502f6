/**
 * What a bundle of MONAI beside a graph says of how pictures are prepared: size and classes in its metadata, the rest among the transforms of its inference.
 * (The `value_range` of its metadata does not count: in bundles of its own zoo it is that of the file, or that of the network.)
 */

import path from 'node:path'
import { inList } from '../../core/text/name-list.js'
import { type Fields, fieldsOf, isFields, namesIn, type Said, sideIn, tripleIn } from './said.js'

const names = ['metadata.json', 'inference.json'] as const

/** A bundle keeps its graphs in `models`, and these files in `configs` beside that. */
export async function saidInBundle(folder: string): Promise<{ readonly files: readonly string[]; readonly said: Said } | null> {
  for (const place of [path.join(folder, '..', 'configs'), path.join(folder, 'configs'), folder]) {
    const [metadata, inference] = await Promise.all(names.map((name) => fieldsOf(path.join(place, name))))
    const parts = [saidInMetadata(metadata?.network_data_format), isFields(metadata?.network_data_format) ? saidInInference(inference) : {}]
    const files = names.filter((_, i) => Object.keys(parts[i]!).length > 0)
    if (files.length > 0) return { files, said: { ...parts[0], ...parts[1] } }
  }
  return null
}

/** Ports by their names, of which the first counts. */
function saidInMetadata(format: unknown): Said {
  if (!isFields(format)) return {}
  const [input, output] = [format.inputs, format.outputs].map((ports) =>
    isFields(ports) ? Object.values(ports).find(isFields) : undefined,
  )
  const size = Array.isArray(input?.spatial_shape) ? sideIn(input.spatial_shape) : null
  const classes = isFields(output?.channel_def) ? namesIn(Object.values(output.channel_def)) : null
  return {
    ...(size === null ? {} : { size }),
    ...(classes && classes.length <= 20 ? { classes: classes.map(inList).join(',') } : {}),
  }
}

function saidInInference(inference: Fields | null | undefined): Said {
  const found = (section: unknown, ...wanted: readonly string[]) =>
    transformsIn(section).filter(({ _target_: target }) => wanted.includes(String(target).replace(/^.*\.|d(?:ict)?$/gi, '')))
  const moved = found(inference?.preprocessing, 'ScaleIntensityRange', 'NormalizeIntensity', 'ScaleIntensity')
  const [ended] = found(inference?.postprocessing, 'Activations')
  const activation = ended?.sigmoid === true ? 'sigmoid' : ended?.softmax === true ? 'softmax' : undefined
  // Of several the order counts, too.
  return { ...(moved.length === 1 ? numbersOf(moved[0]!) : {}), ...(activation === undefined ? {} : { activation }) }
}

const transformsIn = (section: unknown): readonly Fields[] => {
  const list = isFields(section) ? section.transforms : section
  return Array.isArray(list) ? list.filter(isFields) : []
}

/** As (pixel x scale - mean) / std. One that looks at the whole picture says nothing. */
function numbersOf({ a_min: from, a_max: to, b_min: least, b_max: most, subtrahend, divisor }: Fields): Said {
  const [mean, std] = [tripleIn(subtrahend), tripleIn(divisor)]
  if (mean && std) return { scale: '1', mean: mean.join(','), std: std.join(',') }
  if (![from, to, least, most].every((one) => typeof one === 'number') || from !== 0 || !((to as number) > 0)) return {}
  const width = (most as number) - (least as number)
  if (!(width > 0)) return {}
  const below = -(least as number)
  return { scale: `1/${(to as number) / width}`, ...(below === 0 ? {} : { mean: `${below},${below},${below}` }) }
}
