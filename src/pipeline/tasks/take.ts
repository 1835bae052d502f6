/** The task that a run is to do: which file it is, and whether it is of this pipeline and this version. */

import path from 'node:path'
import { withoutSecrets } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import { isFolder } from '../../core/files/is-folder.js'
import type { Plan } from '../plan/plan-type.js'
import { tiastreamVersion } from '../plan/version.js'
import { sayDifference, stateOf } from '../store/state.js'
import { readManifest, readTask, type Task, taskIn } from './form.js'
import { identityOf } from './make.js'

export interface TakenTask extends Task {
  /** Where it was read. */
  readonly file: string
}

/**
 * `place` is a file of a task, or the folder of a set: then `index` says which, from 0 on. Throws TASKS_INVALID, TASKS_INDEX, TASKS_DIFFER
 * (another version), FILE_MISSING.
 */
export async function takeTask(place: string, index: number | undefined): Promise<TakenTask> {
  const file = await fileOf(path.resolve(place), index)
  const task = await readTask(file)
  if (task.tiastream !== tiastreamVersion)
    throw new PipelineError('TASKS_DIFFER', `${file} was made by tiastream ${task.tiastream}, and this is ${tiastreamVersion}`, {
      hint: 'run it with that version, or make the tasks again with this one: what is done is skipped',
    })
  return { ...task, file }
}

async function fileOf(place: string, index: number | undefined): Promise<string> {
  if (!(await isFolder(place))) {
    if (index === undefined) return place
    throw new PipelineError('TASKS_INDEX', `${place} is no folder of tasks, of which --tasks-index could name one`, {
      hint: 'give --tasks the folder, or leave --tasks-index away',
    })
  }
  const manifest = await readManifest(place)
  if (manifest === null)
    throw new PipelineError('TASKS_INVALID', `${place} holds no manifest.json of tasks: they are not there, or not all of them`, {
      hint: 'tiastream tasks pipeline.yml --into n writes them',
    })
  const last = manifest.tasks - 1
  const range = `${place} has ${manifest.tasks} tasks, ${last === 0 ? '0 alone' : `0 to ${last}`}`
  const hint = `Slurm: --array=0-${last}; Kubernetes: completions: ${manifest.tasks}`
  if (index === undefined) throw new PipelineError('TASKS_INDEX', `${range}, and --tasks-index does not say which`, { hint })
  if (index > last) throw new PipelineError('TASKS_INDEX', `there is no task ${index}: ${range}`, { hint })
  return taskIn(place, index)
}

/** Throws TASKS_DIFFER when the plan is another than that of the task. What to tell besides. */
export async function mustFit(plan: Plan, task: TakenTask): Promise<readonly string[]> {
  const { fingerprint, sinks } = identityOf(plan)
  const manifest = await readManifest(path.dirname(task.file))
  const ofSet = manifest?.set === task.set ? manifest : null
  if (fingerprint !== task.fingerprint || sinks !== task.sinks) {
    const how = ofSet === null ? 'its options, models or sinks' : sayDifference(ofSet.plan, stateOf(plan))
    throw new PipelineError('TASKS_DIFFER', `${task.file} was made of another state of this pipeline: ${how}`, {
      hint: 'give the --var that the tasks were made with, or make the tasks again: slides that are done so are skipped',
      at: plan.file === undefined ? {} : { file: plan.file },
    })
  }
  const { slides } = plan.found
  const said: string[] = []
  if (slides > task.cohort)
    said.push(`the source has ${slides} slides, and the tasks were made of ${task.cohort}: make them again for the new ones`)
  const output = withoutSecrets(plan.output)
  if (ofSet !== null && ofSet.output !== output) said.push(`results go to ${output}; when the tasks were made it was ${ofSet.output}`)
  return said
}
