/** Whether each stage takes what the one before it gives, from a slide to rows. */

import type { Item } from '../../core/items.js'
import type { AnyStageSpec } from '../../core/stage.js'
import { article } from '../../core/text/article.js'
import type { ProblemList } from '../document/problems.js'
import { type Environment, setStage } from '../environment/environment.js'
import type { Draft, Shape } from './check-shape.js'

export function checkKinds({ source, stages }: Shape, environment: Environment, problems: ProblemList): void {
  const isSet = source?.spec.kind === 'set'
  let giver = isSet ? 'patches:' : `${source?.name ?? 'the source'}:`
  let given: Item | undefined = isSet ? (environment.stages[setStage]?.to ?? 'patch') : 'slide'
  let lastMissed = false
  for (const [index, stage] of stages.entries()) {
    lastMissed = false
    if (!stage) {
      // What an unknown stage gives is unknown too.
      given = undefined
      continue
    }
    if (given !== undefined && stage.spec.from !== given) {
      const later = stages.slice(index + 1)
      const place = placeAmong(stage, given, later)
      const text =
        place === undefined ? mismatch(stage, giver, given, isSet, environment) : `${takes(stage, giver, given)}: move it behind ${place}:`
      problems.add('KINDS_DO_NOT_MEET', stage.at, stage.where, text)
      lastMissed = true
      // What follows is right without it.
      if (place !== undefined) continue
    }
    given = stage.spec.to
    giver = `'${stage.name}'`
  }
  const last = stages.at(-1)
  if (last && !lastMissed && last.spec.to !== 'rows') {
    const missing = bridge(last.spec.to, 'rows', environment)
    problems.add('KINDS_DO_NOT_MEET', last.at, last.where, `gives ${last.spec.to}, and sinks take rows${question(missing, 'after it')}`)
  }
}

function mismatch({ spec }: Draft<AnyStageSpec>, giver: string, given: Item, isSet: boolean, environment: Environment): string {
  if (isSet && spec.from === 'slide') return 'takes a slide, and patches: are ready-cut: leave it out'
  return `${takes({ spec }, giver, given)}${question(bridge(given, spec.from, environment), 'between them')}`
}

const takes = ({ spec }: Pick<Draft<AnyStageSpec>, 'spec'>, giver: string, given: Item) => `takes ${spec.from}, but ${giver} gives ${given}`

/** A stage that stands too early: the name of the one that gives what it takes, where all up to that fits without it. */
function placeAmong({ spec }: Draft<AnyStageSpec>, given: Item, later: Shape['stages']): string | undefined {
  let now = given
  for (const stage of later) {
    if (!stage || stage.spec.from !== now) return undefined
    now = stage.spec.to
    if (now === spec.from) return stage.name
  }
  return undefined
}

const question = (missing: readonly string[], where: string): string => {
  if (missing.length === 0) return ''
  return missing.length === 1
    ? `: is ${article(missing[0]!)} ${missing[0]}: missing ${where}?`
    : `: are ${missing.map((name) => `${name}:`).join(' and ')} missing ${where}?`
}

/** The shortest way of stages from one kind to another. */
function bridge(from: Item, to: Item, { stages }: Environment): readonly string[] {
  const ways: { at: Item; names: readonly string[] }[] = [{ at: from, names: [] }]
  const seen = new Set<Item>([from])
  for (const { at, names } of ways) {
    if (at === to) return names
    for (const spec of Object.values(stages)) {
      if (spec.name === setStage || spec.from !== at || seen.has(spec.to)) continue
      seen.add(spec.to)
      ways.push({ at: spec.to, names: [...names, spec.name] })
    }
  }
  return []
}
