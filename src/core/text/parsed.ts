/** A value that comes from a file or a program, against its form: what is wrong with it, in sentences that begin with the place. */

import type { Made, OptionIssue, OptionType } from '../options.js'
import { didYouMean } from './did-you-mean.js'
import { deepest, inWords } from './issue-words.js'
import { nearest } from './nearest.js'

/** zod's reading of a value. A form is read once or twice in a process: zod would write code for it first, and have that compiled. */
export const readOnce = <S extends OptionType>(form: S, value: unknown) => form.safeParse(value, { jitless: true })

/** `inputs[0].mean: must be a list, is 0.5`; the value itself when all is well. */
export function parsed<S extends OptionType>(
  schema: S,
  value: unknown,
): { readonly value: Made<S> } | { readonly problems: readonly string[] } {
  const result = readOnce(schema, value)
  if (result.success) return { value: result.data }
  const issues = result.error.issues.map(deepest)
  const meant = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? meantBy(issue, schema) : []))
  const told = new Set(meant)
  const problems = issues.flatMap((issue) => {
    const place = placeOf(issue.path)
    if (told.has(place)) return []
    if (issue.code !== 'unrecognized_keys') told.add(place)
    return sentencesOf(issue, schema, value)
  })
  return { problems }
}

/** Places of the names that unknown ones nearly are: one mistake, one line. */
function meantBy({ path, keys }: OptionIssue & { readonly code: 'unrecognized_keys' }, schema: OptionType): string[] {
  const known = namesAt(schema, path)
  return keys.flatMap((key) => {
    const near = nearest(key.slice(0, 64), known)
    return near === null ? [] : [placeOf([...path, near])]
  })
}

function sentencesOf(issue: OptionIssue, schema: OptionType, value: unknown): string[] {
  const { path } = issue
  const place = placeOf(path)
  const before = place === '' ? '' : `${place}: `
  if (issue.code === 'unrecognized_keys') {
    const known = namesAt(schema, path)
    const all = known.length > 0 && known.length <= mostNames ? `; it may have ${known.join(', ')}` : ''
    return issue.keys.map((key) => `${before}has no '${key}'${didYouMean(key, known) || all}`)
  }
  const written = valueAt(value, path)
  if (written === undefined && typeof path.at(-1) === 'string') return [`${before}is missing`]
  return [`${before}${inWords(issue, written)}`]
}

const mostNames = 16

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined),
    value,
  )

/** What zod's types have, each some of it. */
interface Parts {
  readonly shape?: Readonly<Record<string, OptionType>>
  readonly element?: OptionType
  readonly options?: readonly unknown[]
  readonly in?: OptionType
  readonly unwrap?: () => OptionType
}

/** The names of a map at this place of a form; none where it is no map. */
function namesAt(schema: OptionType, path: readonly PropertyKey[]): readonly string[] {
  const { shape, element, options, in: before, unwrap } = schema as Parts
  if (shape) {
    const [step, ...rest] = path
    if (step === undefined) return Object.keys(shape)
    return typeof step === 'string' && Object.hasOwn(shape, step) ? namesAt(shape[step]!, rest) : []
  }
  if (element) return path.length > 0 ? namesAt(element, path.slice(1)) : []
  if (before) return namesAt(before, path)
  if (typeof unwrap === 'function') return namesAt(unwrap.call(schema), path)
  return (options ?? []).flatMap((one) => (typeof one === 'object' ? namesAt(one as OptionType, path) : []))
}

function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '')
}
