/** Stages with every option filled in: what follows from the model's card or from other stages; then what only that shows to be wrong. */

import { Bug, PipelineError, TiastreamError } from '../../core/errors.js'
import { providedBy, providedIn } from '../../core/roles.js'
import type { SlideKind } from '../../core/slide.js'
import type { AnyStageSpec, PlanContext } from '../../core/stage.js'
import { inOneLine } from '../../core/text/in-one-line.js'
import type { ProblemList } from '../document/problems.js'
import type { PlannedStage } from '../plan/plan-type.js'
import type { Cards } from './check-cards.js'
import type { Draft } from './check-shape.js'

export interface Completed {
  readonly stages: readonly PlannedStage[]
  readonly context: PlanContext
}

/** `stages` have valid options and cards holds every model they name. Undefined (with problems) when a stage refuses. */
export function completeStages(
  stages: readonly Draft<AnyStageSpec>[],
  kind: SlideKind,
  cards: Cards,
  problems: ProblemList,
): Completed | undefined {
  const options = stages.map((stage) => stage.options ?? {})
  const context: PlanContext = {
    kind,
    card: (name) => {
      const card = cards[name]
      if (card) return card
      // The built-in ones name it in an option `model`.
      throw new PipelineError('MODEL_MISSING', `a stage asks for the model '${name}', which no option called model names`)
    },
    provided: (role) =>
      providedIn(
        stages.map(({ spec }, i) => ({ provides: providedBy(spec, options[i]!) })),
        role,
      ),
  }
  let refused = false
  const attempt = <T>({ at, where }: Draft<AnyStageSpec>, ask: () => T): T | undefined => {
    try {
      return ask()
    } catch (error) {
      if (!(error instanceof TiastreamError) || error instanceof Bug) throw error
      refused = true
      problems.addApart(error.code, at, where, inOneLine(error))
      return undefined
    }
  }
  stages.forEach((stage, i) => {
    const filled = attempt(stage, () => stage.spec.complete?.(options[i]!, context))
    if (filled) options[i] = filled
  })
  if (refused) return undefined
  stages.forEach((stage, i) => {
    for (const message of attempt(stage, () => stage.spec.problems?.(options[i]!, context)) ?? []) {
      refused = true
      problems.addApart('OPTION_INVALID', stage.at, stage.where, message)
    }
  })
  const planned = stages.map(({ name, spec: { from, to, placement } }, i) => ({
    name,
    from,
    to,
    placement,
    options: options[i]!,
    provides: providedBy(stages[i]!.spec, options[i]!),
    columns: refused ? [] : (stages[i]!.spec.columns?.(options[i]!, context) ?? []),
  }))
  return refused ? undefined : { stages: planned, context }
}
