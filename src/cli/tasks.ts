/** `tiastream tasks`: the slides of a pipeline as packs of about equal size, for a cluster that starts one process a pack. */

import path from 'node:path'
import { Command, Option } from 'commander'
import { withoutSecrets } from '../core/address.js'
import { folderHere } from '../core/files/folder-here.js'
import { counted } from '../core/text/counted.js'
import { readPlan } from '../pipeline/check/read-plan.js'
import { formatBytes } from '../pipeline/plan/memory.js'
import { type TaskSet, tasksOf } from '../pipeline/tasks/make.js'
import { type Weighed, weighedSlides } from '../pipeline/tasks/weigh.js'
import { writeTasks } from '../pipeline/tasks/write.js'
import { count } from './number-options.js'
import { noPluginsOption } from './plugins-option.js'
import { answer } from './say.js'
import { untilSignal } from './stop-on-signal.js'
import { varsOption } from './vars-option.js'

interface TasksFlags {
  readonly into: number
  readonly output: string
  readonly results?: string
  readonly force: boolean
  readonly var: Record<string, string>
  readonly plugins: boolean
}

export function tasksCommand(): Command {
  return new Command('tasks')
    .description('share out the slides of a pipeline by their size, a file a task: for Slurm arrays, Kubernetes Indexed Jobs and the like')
    .argument('<pipeline>', 'pipeline file (YAML)')
    .addOption(new Option('--into <n>', 'how many tasks').argParser(count(100_000)).makeOptionMandatory())
    .option('-o, --output <folder>', 'where to write the tasks: 0.json, 1.json …, manifest.json', 'tasks')
    .option('--results <folder>', "the output of the runs (their -o), in place of the file's: slides that are done there weigh nothing")
    .option('--force', 'replace the tasks that are there', false)
    .addOption(varsOption())
    .addOption(noPluginsOption())
    .action(async (file: string, { into, output, results, force, var: vars, plugins }: TasksFlags) => {
      await untilSignal(async (signal) => {
        const folder = path.resolve(folderHere('-o', output))
        const plan = await readPlan(file, { vars, plugins, output: results, signal })
        const weighed = await weighedSlides(plan, signal)
        const set = tasksOf(plan, weighed, into)
        await writeTasks(folder, set, force)
        answer(textOf(set, weighed, { file, output, results: withoutSecrets(plan.output) }))
      })
    })
}

/** Names of a few slides that cannot be read; the run tells all. */
const mostNamed = 5

function textOf(
  { manifest, tasks }: TaskSet,
  weighed: readonly Weighed[],
  { file, output, results }: { readonly file: string; readonly output: string; readonly results: string },
): string {
  const sizes = manifest.packs.map(({ bytes }) => bytes)
  const [first, last] = [path.join(output, '0.json'), path.join(output, `${tasks.length - 1}.json`)]
  const files = tasks.length === 1 ? first : `${first} to ${last}`
  const done = weighed.filter(({ isDone }) => isDone).length
  const unread = weighed.filter(({ bytes }) => bytes === null)
  const named = unread.slice(0, mostNamed).map(({ id, error }) => `${id} (${error})`)
  const lines = [
    `${counted(manifest.cohort, 'slide')} (${formatBytes(manifest.bytes)}) in ${counted(tasks.length, 'task')}, ${files}: ${formatBytes(Math.min(...sizes))} to ${formatBytes(Math.max(...sizes))} each`,
    ...(done > 0 ? [`${done} of them done before in ${results}: a task skips them`] : []),
    ...(unread.length > 0 ? [`${unread.length} cannot be read now: ${named.join(', ')}${unread.length > mostNamed ? ', …' : ''}`] : []),
    `the first one: tiastream run ${file} --tasks ${output} --tasks-index 0`,
  ]
  return `${lines.join('\n')}\n`
}
