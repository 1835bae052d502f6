/** Whether results can go where a pipeline says, as far as that can be seen before a run. */

import { instead, isAddress, withoutSecrets } from '../../core/address.js'
import { SinkError } from '../../core/errors.js'
import { obstacleTo } from '../../core/files/write-place.js'
import { inOneLine } from '../../core/text/in-one-line.js'
import type { Position, ProblemList } from '../document/problems.js'
import { addressProblem } from '../store/output-address.js'
import { state } from '../store/result-store.js'
import { storeOf } from '../store/store-of.js'

/**
 * The output folder, or the nearest folder above it that is there, must let us write; a bucket must let us look. `written`: as somebody wrote it. False where no more
 * should be asked of it.
 */
export async function checkOutput(output: string, written: string, at: Position, problems: ProblemList): Promise<boolean> {
  if (isAddress(written)) return checkAddress(output, written, at, problems)
  const hint = instead(written)
  if (hint !== undefined) {
    problems.add('OPTION_INVALID', at, 'output', `is '${withoutSecrets(written)}', which is no place to write to: ${hint}`)
    return false
  }
  const obstacle = await obstacleTo(output, { made: true })
  if (obstacle) problems.add(obstacle.code, at, 'output', `is ${output}, but ${obstacle.fact}`)
  return true
}

async function checkAddress(output: string, written: string, at: Position, problems: ProblemList): Promise<boolean> {
  const problem = addressProblem(written)
  if (problem !== null) {
    problems.add('OPTION_INVALID', at, 'output', `is ${withoutSecrets(written)}: ${problem}`)
    return false
  }
  try {
    const store = await storeOf(output)
    await store.read(`${state}/plan.json`)
    return true
  } catch (error) {
    if (!(error instanceof SinkError)) throw error
    problems.add(error.code, at, 'output', `cannot be looked into: ${inOneLine(error)}`)
    return false
  }
}
