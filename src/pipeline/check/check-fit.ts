/**
 * The grid against the cards: a patch must be as large as the first model's input; another resolution is allowed, and a warning. Further models
 * are shown what they want around the same centre, but of ready-cut pictures there is nothing else to show.
 */

import type { ModelInput } from '../../core/model.js'
import { providedIn } from '../../core/roles.js'
import type { AnyStageSpec, PlanContext } from '../../core/stage.js'
import { formatResolution } from '../../core/text/resolution-text.js'
import { coarserBy, type Resolution } from '../../geometry/resolution.js'
import type { ProblemList } from '../document/problems.js'
import { nodeAt } from '../document/yaml-node.js'
import type { PlannedStage } from '../plan/plan-type.js'
import type { Draft } from './check-shape.js'

/** Answers the warnings. */
export function checkFit(
  drafts: readonly Draft<AnyStageSpec>[],
  stages: readonly PlannedStage[],
  context: PlanContext,
  problems: ProblemList,
): readonly string[] {
  checkCut(drafts, stages, context, problems)
  const [answers] = providedIn(stages, 'answers')
  const index = stages.findIndex(({ provides }) => provides.grid)
  const draft = drafts[index]
  if (!answers || !draft) return []
  const { model } = answers
  const [input, ...others] = context.card(model).inputs
  const { patch, at } = stages[index]!.provides.grid!
  // Several heads are cut by `extract`, each as it wants.
  if (input && others.length === 0 && (patch[0] !== input.width || patch[1] !== input.height)) {
    const place = draft.node ? nodeAt(draft.node, ['size']).at : draft.at
    const message = `is ${patch.join(' × ')} px, and the model '${model}' takes ${input.width} × ${input.height} px${shrunk(patch, at, input)}`
    problems.add('SHAPE_MISMATCH', place, `${draft.where}.size`, message)
  }
  if (!input?.at || isSame(input.at, at)) return []
  return [`the grid is at ${formatResolution(at)}, and the model '${model}' was trained at ${formatResolution(input.at)}`]
}

/** What others call a resize: as much of the slide, in fewer pixels (or more). Of a level the slide would have to say how large its pixels are. */
function shrunk([width, height]: readonly [number, number], { value, units }: Resolution, input: ModelInput): string {
  const shrink = input.width / width
  if (units === 'level' || Math.abs(input.height / height - shrink) > 1e-9) return ''
  const exact = units === 'mpp' ? value / shrink : value * shrink
  const size = input.width === input.height ? `${input.width} px` : `[${input.width} px, ${input.height} px]`
  return `: for as much of the slide as now write size: ${size}, at: ${formatResolution({ value: Number(exact.toPrecision(9)), units })}`
}

/** Units that cannot be compared without the slide are taken to be meant. */
const isSame = (a: NonNullable<ModelInput['at']>, b: Resolution) => a.units !== b.units || a.value === b.value

function checkCut(
  drafts: readonly Draft<AnyStageSpec>[],
  stages: readonly PlannedStage[],
  { kind, card }: PlanContext,
  problems: ProblemList,
): void {
  if (kind !== 'set') return
  const asked = drafts.flatMap((draft, i) => {
    const { answers } = stages[i]!.provides
    return answers ? [{ draft, model: answers.model, inputs: card(answers.model).inputs }] : []
  })
  const first = asked[0]
  const size = first?.inputs[0]
  for (const { draft, model, inputs } of asked) {
    const place = draft.node ? nodeAt(draft.node, ['model']).at : draft.at
    const odd = inputs.find(({ width, height }) => width !== size?.width || height !== size.height)
    const far = inputs.find(({ at }) => coarserBy(inputs[0]!.at, at) !== 1)
    if (odd && size && first) {
      const isOfOneSize = inputs.every(({ width, height }) => width === inputs[0]!.width && height === inputs[0]!.height)
      const cure = isOfOneSize ? 'ask it in a pipeline of its own' : 'it needs slides'
      const message = `is '${model}', which takes ${odd.width} × ${odd.height} px, and the ready-cut pictures are those of '${first.model}', ${size.width} × ${size.height} px: ${cure}`
      problems.add('SHAPE_MISMATCH', place, `${draft.where}.model`, message)
    } else if (far) {
      const [near, wide] = [inputs[0]!.at!, far.at!].map(formatResolution)
      const message = `is '${model}', which looks at a patch at ${near} and at ${wide}, and a ready-cut picture shows one of them: it needs slides`
      problems.add('SHAPE_MISMATCH', place, `${draft.where}.model`, message)
    }
  }
}
