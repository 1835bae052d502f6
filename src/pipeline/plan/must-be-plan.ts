/** What a program hands to a run, before anything is begun: a plan. The compiler sees it too; JavaScript has none. */

import { isObject, shown } from '../../core/argument.js'
import { PipelineError } from '../../core/errors.js'
import { isLane } from '../../flow/serve-lane.js'
import type { Plan } from './plan-type.js'

/**
 * Throws PipelineError OPTION_INVALID, which says what was given and how a plan is come by. PLUGIN_INVALID in a thread of a run: a plugin whose module is the
 * program itself has each thread begin the program anew, and so the run in the run.
 */
export function mustBePlan(who: string, plan: unknown): void {
  if (isLane())
    throw new PipelineError('PLUGIN_INVALID', `${who} is called by a thread of a run, which loads the module of a plugin`, {
      hint: 'give definePlugin a module of its own, which the program imports: each thread loads it',
    })
  if (isPlan(plan)) return
  const [what, hint] = givenAs(plan, who)
  throw new PipelineError('OPTION_INVALID', `${who} takes a plan, and is given ${what}`, { hint })
}

const looksLikePlan = (given: unknown): given is Plan => isObject(given) && 'sinks' in given && 'provenance' in given

/** What went through JSON has the words of a plan, but none of what they stand for. */
const isPlan = (given: unknown): boolean =>
  looksLikePlan(given) && typeof given.environment?.sources?.[given.source?.name]?.load === 'function'

const come = (who: string) => `${who}(await readPlan('pipeline.yml')), or a plan of definePipeline`

function givenAs(given: unknown, who: string): readonly [what: string, hint: string] {
  if (typeof given === 'string') return [`the text '${given}'`, `write ${come(who)}`]
  if (!isObject(given)) return [shown(given), `write ${come(who)}`]
  if (looksLikePlan(given)) return ['a copy of one without its functions, as JSON makes it', `hand the pipeline on and write ${come(who)}`]
  if ('then' in given) return ['the promise of one', 'readPlan and definePipeline are awaited']
  if ('plan' in given || 'problems' in given) return ['what checkPipeline says', 'give its plan, which is there when it has no problems']
  if ('stages' in given) return ['a pipeline that nobody has checked', `write ${who}(await definePipeline(pipeline))`]
  return [shown(given), `write ${come(who)}`]
}
