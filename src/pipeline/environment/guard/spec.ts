/** The pure functions of a spec of a plugin: what they throw says whose they are, and the columns that they give are columns. */

import { flag, list, oneOf, shape, text, whole } from '../../../core/options.js'
import { columnTypes } from '../../../core/row.js'
import { parsed } from '../../../core/text/parsed.js'
import { attempt, broken, type Part } from './failed.js'

const questions = ['complete', 'problems', 'columns', 'shapes', 'wants', 'files', 'holds', 'holdsOnCard', 'endings'] as const

type Question = (...given: unknown[]) => unknown

/** The spec with each of its functions guarded. */
export function guardedSpec<S extends object>(spec: S, part: Part): S {
  const asked = spec as Readonly<Record<string, unknown>>
  const guarded: Record<string, unknown> = {}
  for (const name of questions) {
    if (typeof asked[name] === 'function') guarded[name] = guardedQuestion(name, asked[name] as Question, part)
  }
  if (typeof asked.provides === 'object' && asked.provides !== null) {
    const roles = Object.entries(asked.provides as Readonly<Record<string, Question>>)
    guarded.provides = Object.fromEntries(roles.map(([role, of]) => [role, guardedQuestion(`provides.${role}`, of, part)]))
  }
  return { examples: [], ...spec, ...guarded }
}

function guardedQuestion(name: string, ask: Question, part: Part): Question {
  return (...given) => {
    const answer = attempt(part, ` in '${name}'`, () => ask(...given))
    return name === 'columns' || name === 'shapes' ? columnsIn(answer, name, part) : answer
  }
}

const columns = list(
  shape({
    name: text(),
    type: oneOf(...columnTypes),
    nullable: flag().optional(),
    size: whole(1).optional(),
    element: oneOf('float32', 'float16').optional(),
    about: text(),
  }).refine(({ type, size }) => (type === 'vector') === (size !== undefined), 'a vector has a size, and nothing else has'),
)

/** Also of what a source carries. */
export function columnsIn<T>(answer: T, name: string, part: Part): T {
  const found = parsed(columns, answer)
  if ('problems' in found) throw broken(part, `gives no columns in '${name}': ${found.problems[0]}`, 'PLUGIN_COLUMNS')
  return answer
}
