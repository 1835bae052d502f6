/** A plan's slides as tasks: packs of about equal work, and the manifest of them. Values; nothing is written here. */

import { withoutSecrets } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import { canonical, sha256, sinksFingerprint } from '../plan/fingerprint.js'
import type { Plan } from '../plan/plan-type.js'
import { tiastreamVersion } from '../plan/version.js'
import { stateOf } from '../store/state.js'
import { balanced } from './balance.js'
import { type Manifest, manifestSchema, type Task, type TaskIdentity, type TaskSlide, taskSchema } from './form.js'
import type { Weighed } from './weigh.js'

export interface TaskSet {
  readonly manifest: Manifest
  readonly tasks: readonly Task[]
}

/** What opening a slide costs besides its bytes, in bytes of slide: so packs of done slides and of tiny ones are not endless. */
const bytesOfOpening = 2 ** 20

export const identityOf = (plan: Plan): TaskIdentity => ({
  tiastream: tiastreamVersion,
  fingerprint: plan.provenance.fingerprint,
  sinks: sinksFingerprint(plan),
})

/** Throws TASKS_TOO_MANY when there are fewer slides than packs. */
export function tasksOf(plan: Plan, weighed: readonly Weighed[], into: number): TaskSet {
  if (into > weighed.length)
    throw new PipelineError(
      'TASKS_TOO_MANY',
      `${into} tasks are more than there are slides (${weighed.length}): some would have nothing to do`,
      {
        hint: `--into ${weighed.length} at most`,
      },
    )
  const identity = identityOf(plan)
  const { types } = plan.source
  // Done slides are read by nobody, but stay: a pack is what must be there at the end.
  const packs = balanced(weighed, into, ({ bytes, isDone }) => (isDone ? 0 : (bytes ?? 0)) + bytesOfOpening)
  const slides = packs.map(({ items }) => items.map(({ id, uri, bytes }): TaskSlide => ({ id, uri, bytes })))
  const set = sha256(canonical({ ...identity, types, slides: slides.map((pack) => pack.map(({ id }) => id)) })).slice(0, 12)
  const cohort = weighed.length
  const tasks = slides.map((pack, task): Task => ({ schema: taskSchema, ...identity, set, task, of: into, cohort, types, slides: pack }))
  const manifest: Manifest = {
    schema: manifestSchema,
    ...identity,
    set,
    tasks: into,
    cohort,
    bytes: bytesIn(weighed),
    types,
    pipeline: plan.file ?? null,
    output: withoutSecrets(plan.output),
    plan: stateOf(plan),
    packs: slides.map((pack, task) => ({ file: `${task}.json`, slides: pack.length, bytes: bytesIn(pack) })),
  }
  return { manifest, tasks }
}

const bytesIn = (slides: readonly Pick<TaskSlide, 'bytes'>[]): number => slides.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
