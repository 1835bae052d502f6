/** The pure functions of a spec of a plugin: what they throw says whose they are, and what they answer has the form that is asked for. */

import path from 'node:path'
import { isAddress } from '../../../core/address.js'
import { isObject } from '../../../core/argument.js'
import { flag, list, type OptionType, oneOf, real, shape, text, whole } from '../../../core/options.js'
import { columnTypes } from '../../../core/row.js'
import { parsed } from '../../../core/text/parsed.js'
import { attempt, broken, type Part } from './failed.js'

const columns = list(
  shape({
    // As the key of an object it is none.
    name: text().refine((name) => name !== '__proto__', 'must be another name: objects have it already'),
    type: oneOf(...columnTypes),
    nullable: flag().optional(),
    size: whole(1).optional(),
    element: oneOf('float32', 'float16').optional(),
    about: text(),
  }).refine(({ type, size }) => (type === 'vector') === (size !== undefined), 'a vector has a size, and nothing else has'),
)

const bytes = real(0)
const texts = list(text())
const places = list(text().refine((file) => isAddress(file) || path.isAbsolute(file), 'must be absolute: path.resolve(folder, file)'))

/** Each with the form of its answer, where it gives one; undefined: options, whichever. */
const questions: Readonly<Record<string, OptionType | undefined>> = {
  ...{ complete: undefined, problems: texts, wants: texts, files: places, endings: texts },
  ...{ holds: bytes, holdsOnCard: shape({ host: bytes, card: bytes }) },
}

const sides = list(whole(1)).length(2)

/** What a stage says that it is to the others. */
const roles: Readonly<Record<string, OptionType>> = {
  grid: shape({
    at: shape({ value: real(0), units: text() }),
    ...{ patch: sides, stride: sides, placed: flag().optional() },
  }),
  mask: flag(),
  pixels: shape({ decode: oneOf('exact', 'fast'), marks: flag() }),
  batch: whole(1),
  lookups: flag(),
}

type Question = (...given: unknown[]) => unknown

/** The spec with each of its functions guarded. */
export function guardedSpec<S extends object>(spec: S, part: Part): S {
  const asked = spec as Readonly<Record<string, unknown>>
  const guarded: Record<string, unknown> = {}
  for (const [name, form] of Object.entries(questions)) {
    const ask = asked[name]
    if (typeof ask === 'function')
      guarded[name] = (...given: unknown[]) => formed(part, name, form, answered(part, name, ask as Question, given))
  }
  for (const name of ['columns', 'shapes']) {
    const ask = asked[name]
    if (typeof ask === 'function')
      guarded[name] = (...given: unknown[]) => columnsIn(answered(part, name, ask as Question, given), name, part)
  }
  if (isObject(asked.provides)) {
    const provided = Object.entries(asked.provides as Readonly<Record<string, Question>>)
    guarded.provides = Object.fromEntries(
      provided.map(([role, of]) => {
        const name = `provides.${role}`
        return [role, (...given: unknown[]) => formed(part, name, roles[role], answered(part, name, of, given))]
      }),
    )
  }
  return { examples: [], ...spec, ...guarded }
}

function answered(part: Part, name: string, ask: Question, given: readonly unknown[]): unknown {
  const answer = attempt(part, ` in '${name}'`, () => ask(...given))
  if (answer instanceof Promise) {
    // Nobody waits for it.
    answer.catch(() => undefined)
    throw broken(part, `gives a promise in '${name}': it is asked while the pipeline is checked, and answers at once`)
  }
  return answer
}

function formed(part: Part, name: string, form: OptionType | undefined, answer: unknown): unknown {
  const isNone = answer === null || (answer === undefined && name !== 'files')
  if (form === undefined || isNone) return answer
  const found = parsed(form, answer)
  if ('problems' in found) throw broken(part, `gives another answer than is asked for in '${name}': ${found.problems[0]}`)
  return answer
}

/** Also of what a source carries. */
export function columnsIn<T>(answer: T, name: string, part: Part): T {
  const found = parsed(columns, answer)
  if ('problems' in found) throw broken(part, `gives no columns in '${name}': ${found.problems[0]}`, 'PLUGIN_COLUMNS')
  return answer
}
