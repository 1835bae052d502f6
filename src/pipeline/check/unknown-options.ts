/** Options that a part does not have: which of its own, or of another part, is meant, with the value as it would be written. */

import { jsonSchemaOf, type OptionsSpec, parseResolution } from '../../core/options.js'
import { didYouMean } from '../../core/text/did-you-mean.js'
import type { Position } from '../document/problems.js'
import { entryOf, isEmpty, plainOf, type YamlEntry, type YamlMap, type YamlNode } from '../document/yaml-node.js'
import { type Environment, sections } from '../environment/environment.js'
import { isNever, type JsonSchema } from '../plan/schema.js'
import { elsewhere, elsewhereOfSource, optionsMeant } from './unknown-names.js'

export interface UnknownOptions {
  readonly sentences: readonly { readonly at: Position; readonly sentence: string }[]
  /** Options of the part that were written in another way. */
  readonly meant: readonly string[]
}

export function unknownOptions(
  keys: readonly string[],
  spec: OptionsSpec,
  node: YamlMap,
  environment: Environment | undefined,
): UnknownOptions {
  const sentences: { at: Position; sentence: string }[] = []
  const meant: string[] = []
  const told = new Set<string>()
  for (const entry of node.entries.filter(({ key }) => key !== '' && keys.includes(key))) {
    const split = splitNumber(entry, node)
    const joined = joinedPair(entry.key, spec)
    if (!split && !joined && isSection(entry.key, environment)) {
      sentences.push({
        at: entry.keyAt,
        sentence: `has no option '${entry.key}': ${entry.key}: is a section of its own, begin it at the start of a line`,
      })
      continue
    }
    const said = elsewhereOfSource(entry.key, spec)
    // A resolution beside merge is not that of the grid.
    const isApart = split || joined || said !== undefined || namesIn(spec).length === 0
    const [first, ...others] = isApart ? [] : optionsMeant(entry.key, plainOf(entry.value), spec, environment)
    const ours = split?.option ?? joined?.option ?? (first?.includes('.') ? undefined : first)
    // `resolution: 0.5, units: mpp` is one option in two.
    if (first !== undefined && told.has(first)) continue
    if (first !== undefined) told.add(first)
    if (ours !== undefined) meant.push(ours)
    const none = `has no option '${entry.key}'`
    if (split) sentences.push({ at: split.at, sentence: split.sentence })
    else if (joined)
      sentences.push({ at: entry.keyAt, sentence: `${none}: write ${joined.option}: ${joined.value}, with a space behind the colon` })
    else if (first !== undefined) sentences.push({ at: entry.keyAt, sentence: `${none}: ${remedy(entry, [first, ...others], spec, node)}` })
    else {
      const other = said ?? elsewhere(entry.key)
      const sentence =
        other === undefined ? `${none}${didYouMean(entry.key, Object.keys(spec)) || known(namesIn(spec))}` : `${none}: ${other}`
      sentences.push({ at: entry.keyAt, sentence })
    }
  }
  return { sentences, meant }
}

const isSection = (key: string, environment: Environment | undefined): boolean =>
  environment !== undefined && (sections.includes(key) || Object.hasOwn(environment.sources, key))

/** The options that there are, or those within one of them. */
export function namesIn(spec: OptionsSpec, path: readonly PropertyKey[] = []): readonly string[] {
  const propertiesOf = (schema: JsonSchema | undefined) => (schema?.properties ?? {}) as Record<string, JsonSchema>
  const inside = path.reduce<JsonSchema | undefined>((schema, step) => propertiesOf(schema)[String(step)], jsonSchemaOf(spec))
  const properties = propertiesOf(inside)
  return Object.keys(properties).filter((name) => !isNever(properties[name]!))
}

export const known = (names: readonly string[]): string => (names.length === 0 ? ': it takes none' : `; it has ${names.join(', ')}`)

/** `at: 0,5 mpp` in a map is `at: 0` and a key `5 mpp`. */
function splitNumber({ key, value }: YamlEntry, { entries }: YamlMap): { option: string; at: Position; sentence: string } | undefined {
  const before = entries[entries.findIndex((entry) => entry.key === key) - 1]
  const open = before?.value.kind === 'scalar' ? /^\((\d+)$/.exec(String(before.value.value)) : null
  if (before && open && /^\d+\)$/.test(key) && isEmpty(value)) {
    const sentence = `has (${open[1]}, ${key} for ${before.key}: write ${before.key}: [${open[1]}, ${key.slice(0, -1)}], in square brackets`
    return { option: before.key, at: before.value.at, sentence }
  }
  if (!before || !/^\d/.test(key) || !isEmpty(value) || before.value.kind !== 'scalar' || typeof before.value.value !== 'number')
    return undefined
  const sentence = `has '${before.value.value},${key}' for ${before.key}: write ${before.key}: ${before.value.value}.${key}, a number has a decimal point`
  return { option: before.key, at: before.value.at, sentence }
}

/** `size:224 px`, `size=224 px`. */
function joinedPair(key: string, spec: OptionsSpec): { option: string; value: string } | undefined {
  const [, option, value] = /^([\w-]+)\s*[:=]\s*(\S.*)$/s.exec(key) ?? []
  return option !== undefined && value !== undefined && Object.hasOwn(spec, option) ? { option, value } : undefined
}

function remedy(entry: YamlEntry, meant: readonly string[], spec: OptionsSpec, node: YamlMap): string {
  const [first] = meant as [string]
  if (first.includes('.')) {
    const value = scalarText(entry.value)
    return meant
      .map((name) => name.split('.') as [string, string])
      .map(
        ([part, option], i) =>
          `${i === 0 ? 'write ' : ''}${part}: { ${option}: ${(option === 'at' ? resolutionFor(entry, node) : value) ?? '…'} }`,
      )
      .join(' or ')
  }
  const step = /overlap/i.test(entry.key) ? ', the step from patch to patch (the size less the overlap)' : ''
  return `write ${first}: ${step === '' ? valueFor(first, entry, spec, node) : '…'}${step}`
}

/** The value as the option takes it, or dots. */
function valueFor(option: string, { key, value }: YamlEntry, spec: OptionsSpec, node: YamlMap): string {
  const text = scalarText(value)
  if (text === undefined) return (option === 'at' ? resolutionIn(value) : pairFor(option, key, value, spec)) ?? '…'
  if (option === 'device' && (text === 'true' || text === 'false')) return text === 'true' ? 'cuda' : 'cpu'
  const usual = option === 'file' && /folder|dir|root/i.test(key) ? spec.file?.safeParse(undefined).data : undefined
  if (typeof usual === 'string') return `"${text.replace(/^\.?\/+|\/+$/g, '')}/${usual}"`
  if (option === 'glob') return `"${/[*?{]|\.\w+$/.test(text) ? text : `${text.replace(/\/$/, '')}/**/*.{svs,tif,tiff}`}"`
  const tries = [text, inUnits(text, key, node), `${text} px`]
  const takes = (written: string) => {
    const plain = /^[-+]?\d+(\.\d+)?$/.test(written) ? Number(written) : written
    return spec[option]!.safeParse(plain).success && (option !== 'at' || parseResolution(written) !== null)
  }
  const found = tries.find(takes)
  if (found === undefined) return '…'
  return value.kind === 'scalar' && value.quoted && found === text ? `"${found}"` : found
}

/** Two sides in pixels, of an option that takes such. What others call a shape has the height first, ours the width. */
function pairFor(option: string, key: string, value: YamlNode, spec: OptionsSpec): string | undefined {
  const sides = value.kind === 'list' ? value.items.map(scalarText) : []
  if (sides.length !== 2 || !sides.every((side) => side !== undefined && /^\d+$/.test(side))) return undefined
  const [first, second] = sides
  const takes = (...list: readonly string[]) => spec[option]!.safeParse(list).success
  // Two numbers may as well be classes or cards.
  if (!takes(`${first} px`, `${second} px`) || takes('a', 'b')) return undefined
  if (first === second) return `${first} px`
  return /shape/i.test(key) ? `[${second} px, ${first} px], the width first` : `[${first} px, ${second} px]`
}

/** `[{ units: mpp, resolution: 0.5 }]`. */
function resolutionIn(value: YamlNode): string | undefined {
  const [first] = value.kind === 'list' ? value.items : []
  const entry = first?.kind === 'map' ? first.entries.find(({ key }) => key === 'resolution') : undefined
  return entry && resolutionFor(entry, first as YamlMap)
}

/** A number as a resolution: in the units that stand beside it, or that its name speaks of. */
function inUnits(text: string, key: string, node: YamlMap): string {
  const units = scalarText(entryOf(node, 'units')?.value) ?? scalarText(entryOf(node, 'unit')?.value)
  const unit = units ?? (/level/i.test(key) ? 'level' : /mag|power|objective/i.test(key) ? 'x' : /mpp|spacing|um/i.test(key) ? 'mpp' : '')
  return unit === 'level' ? `level ${text}` : `${text}${unit === 'x' ? '' : ' '}${unit}`
}

function resolutionFor({ key, value }: YamlEntry, node: YamlMap): string | undefined {
  const text = scalarText(value)
  return text === undefined ? undefined : [text, inUnits(text, key, node)].find((written) => parseResolution(written) !== null)
}

function scalarText(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'scalar' && node.value !== null && String(node.value).length <= 40 ? String(node.value) : undefined
}
