/** The door to a plan: check everything, then hand out the frozen value or one error that says all that is wrong. */

import { mustHaveNone } from '../document/problems.js'
import type { Environment } from '../environment/environment.js'
import type { Plan } from '../plan/plan-type.js'
import { checkPipeline } from './check.js'
import { type CheckOptions, fileGiven } from './check-given.js'

/** Throws a PipelineError with every problem, a line each; its code is that of the first. A SinkError, where only the output is in the way. */
export async function readPlan(file: string | URL, options: CheckOptions = {}, environment?: Environment): Promise<Plan> {
  fileGiven('readPlan', file, options, environment)
  const { problems, plan } = await checkPipeline(file, options, environment)
  mustHaveNone(problems)
  return plan!
}
