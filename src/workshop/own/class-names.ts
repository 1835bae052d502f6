/** Class names out of a file of labels: lines, columns, JSON as Keras, Hugging Face and ImageNet write it, YAML of Ultralytics. */

import { readFile } from 'node:fs/promises'
import { ModelError } from '../../core/errors.js'
import { textIn } from '../../models/card/text.js'
import { parseYaml } from '../../models/card/yaml.js'

/** Of a line that is a name. What is looked for in it may take the third power of its letters. */
const longestLine = 1000

type Numbered = readonly (readonly [place: number, name: string])[]

/**
 * Class names of a file, a line each. A number in front of each line (`12,cat`) or in a column behind each (`cat,12`) is that of the class, when they are
 * those of all classes. JSON: a list, or names with their numbers either way round (`id2label`, `class_indices`). Throws CARD_INVALID.
 */
export async function classesOf(file: string): Promise<string[]> {
  const text = textIn(await readFile(file), file).trim()
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '' && !/^\s*# /.test(line))
  const isMap = /\.ya?ml$/i.test(file) && !lines.every((line) => /^\s*- /.test(line))
  const names = isMap
    ? mustName(namesIn(parseYaml(text, file)), file)
    : /^[[{]/.test(text)
      ? namesInJson(text, file)
      : (namesInTable(lines, file) ?? namesInLines(withoutColours(shortLines(lines, file)), file))
  // Two classes may share a name: their numbers tell them apart.
  const seen = new Map<string, number>()
  for (const name of names) seen.set(name, (seen.get(name) ?? 0) + 1)
  return names.map((name, i) => (seen.get(name) === 1 ? name : `${name} (${i})`))
}

/** What columns with the numbers and the names of classes are called. */
const ofNumbers = ['index', 'idx', 'id', 'class_id', 'class_index', 'class_idx', 'label_id']
const ofNames = ['name', 'class_name', 'label_name', 'class', 'label', 'category']

/** A table with a line of column names, of which one is of names and one of numbers; null where the first line is none. */
function namesInTable([first = '', ...others]: readonly string[], file: string): string[] | null {
  const by = [',', ';', '\t'].find((one) => first.includes(one))
  if (by === undefined || others.length === 0) return null
  const cell = new RegExp(`(?:"[^"]*"|[^"${by}]|")+|(?<=${by}|^)(?=${by}|$)`, 'g')
  const cells = (line: string) => (line.match(cell) ?? []).map(bare)
  const heads = cells(first).map((head) => head.toLowerCase())
  const at = (wanted: readonly string[]) => wanted.map((one) => heads.indexOf(one)).find((place) => place >= 0)
  const [named, numbered] = [at(ofNames), at(ofNumbers)]
  if (named === undefined || numbered === undefined) return null
  const rows = others.map(cells)
  const names = ordered(
    rows.map((row) => [/^\d+$/.test(row[numbered] ?? '') ? Number(row[numbered]) : Number.NaN, row[named] ?? ''] as const),
  )
  if (names) return names
  throw refused(file, `has numbers of classes under '${heads[numbered]}' that are not 0 to ${rows.length - 1}, each once`)
}

/** JSON and YAML may name all classes in one line, and a table describe them at length; here each is a name. */
function shortLines(lines: readonly string[], file: string): readonly string[] {
  if (lines.every(({ length }) => length <= longestLine)) return lines
  throw refused(file, `has a line of more than ${longestLine} letters, which names no class`)
}

const before = /^\s*"?(\d+)"?\s*[,;:\t| ]\s*(.+)$/
const behind = /^(.+?)\s*[,;\t:=|]\s*"?(\d+)"?\s*$/
const behindSpace = /^(.+?) +(\d+)\s*$/

function namesInLines(lines: readonly string[], file: string): string[] {
  const listed = lines.every((line) => /^\s*- /.test(line)) ? lines.map((line) => line.replace(/^\s*- /, '')) : lines
  // The line of column names is no class.
  for (const some of [listed, /[,;\t]/.test(listed[0] ?? '') ? listed.slice(1) : []]) {
    const found = ordered(columns(some, before, 1)) ?? ordered(columns(some, behind, 2)) ?? ordered(unlike(columns(some, behindSpace, 2)))
    if (found) return found
    // One is missing, or there twice: which number of the output it is, nobody knows.
    if (some.length > 1 && some.every((line) => /^\s*"?\d+"?\s*[,;\t]/.test(line)))
      throw refused(file, `has numbers of classes in front of its lines that are not 0 to ${some.length - 1}, each once`)
  }
  return listed.map(bare)
}

/** Names that differ without their numbers: `grade 0`, `grade 1` have them as a part. */
const unlike = (numbered: Numbered | null): Numbered | null =>
  numbered && new Set(numbered.map(([, name]) => name)).size === numbered.length ? numbered : null

/** Colours in a column behind are no part of the names. */
function withoutColours(lines: readonly string[]): readonly string[] {
  const colour = /\s*[,;\t]\s*"?#[0-9a-f]{6}"?\s*$/i
  const coloured = (some: readonly string[]) => some.length > 0 && some.every((line) => colour.test(line))
  const [first = '', ...others] = lines
  if (coloured(lines)) return lines.map((line) => line.replace(colour, ''))
  // The line of column names has none.
  return coloured(others) ? [first.replace(/[,;\t][^,;\t]*$/, ''), ...others.map((line) => line.replace(colour, ''))] : lines
}

function columns(lines: readonly string[], form: RegExp, number: 1 | 2): Numbered | null {
  const found = lines.map((line) => form.exec(line))
  return found.some((one) => one === null) ? null : found.map((one) => [Number(one![number]), bare(one![3 - number]!)] as const)
}

/** Without the quotes around it. */
const bare = (name: string): string =>
  name
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
    .trim()

/** In the order of their numbers, when these are those of all classes, from 0 or from 1 on. */
function ordered(numbered: Numbered | null): string[] | null {
  if (numbered === null || numbered.length === 0) return null
  const places = numbered.map(([place]) => place)
  const first = places.reduce((a, b) => Math.min(a, b))
  const all =
    (first === 0 || first === 1) && new Set(places).size === places.length && places.every((place) => place < places.length + first)
  if (!all) return null
  const names = Array<string>(places.length)
  for (const [place, name] of numbered) names[place - first] = name
  return names
}

function namesInJson(text: string, file: string): string[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw refused(file, 'is no JSON, though it begins like it', cause)
  }
  return mustName(namesIn(value), file)
}

function mustName(names: string[] | null, file: string): string[] {
  if (!names) throw refused(file, 'names no classes that are known here')
  return names
}

const refused = (file: string, why: string, cause?: unknown) =>
  new ModelError('CARD_INVALID', `${file} ${why}`, {
    hint: 'write a list ["a", "b"], names by number {"0": "a"}, numbers by name {"a": 0}, or a name a line',
    ...(cause === undefined ? {} : { cause }),
  })

/** What files of more than the classes have them under. */
const below = [
  'id2label',
  'label2id',
  'class_to_idx',
  'class_indices',
  'idx_to_class',
  'class_names',
  'classes',
  'labels',
  'names',
  'categories',
]

/** A list of names, names by number or numbers by name, also below a usual key or as objects with `id` and `name`; null when it is none of these. */
export function namesIn(value: unknown): string[] | null {
  if (typeof value !== 'object' || value === null) return null
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every((one) => typeof one === 'string')) return value.map((one) => one.trim())
    const objects = value.flatMap((one) =>
      Number.isInteger(one?.id) && typeof one.name === 'string' ? [[one.id, one.name.trim()] as const] : [],
    )
    return objects.length === value.length ? ordered(objects) : null
  }
  const inside = below.map((key) => (value as Record<string, unknown>)[key]).find((one) => typeof one === 'object' && one !== null)
  if (inside !== undefined) return namesIn(inside)
  const entries = Object.entries(value)
  const byNumber = entries.flatMap(([key, name]) => {
    // ImageNet's file gives each class its synset first.
    const last: unknown = Array.isArray(name) ? name.at(-1) : name
    return /^\d+$/.test(key) && typeof last === 'string' ? [[Number(key), last.trim()] as const] : []
  })
  if (byNumber.length === entries.length) return ordered(byNumber)
  const byName = entries.flatMap(([name, place]) => (Number.isInteger(place) ? [[place as number, name.trim()] as const] : []))
  return byName.length === entries.length ? ordered(byName) : null
}

/** What exporters write classes under in the metadata of a graph. */
const labelled = ['names', 'classes', 'class_names', 'labels', 'label_names', 'id2label']

/** Class names in the metadata of a graph, as JSON, as Python prints a dictionary (`{0: 'tumour', 1: 'stroma'}`), or with commas between them; null where there are none. */
export function namesInMetadata(said: ReadonlyMap<string | undefined, string | undefined>): string[] | null {
  const texts = labelled.flatMap((key) => said.get(key) ?? [])
  const text = texts.find((value) => /^\s*[[{]/.test(value))
  if (text === undefined) {
    const list = texts.map((value) => value.trim().split(/\s{0,99}[,;\n]\s*/)).find((names) => names.length > 1)
    return list?.every((name) => name !== '') ? list : null
  }
  try {
    return namesIn(JSON.parse(text))
  } catch {
    const pairs = [...text.matchAll(/(?<!\d)(\d{1,9})\s*:\s*(?:'([^']*)'|"([^"]*)")/g)].map(
      ([, place, a, b]) => [Number(place), a ?? b ?? ''] as const,
    )
    return ordered(pairs)
  }
}
