/** `tiastream run`: runs a pipeline file. */

import { Command, InvalidArgumentError, Option } from 'commander'
import { onlyGiven } from '../core/argument.js'
import { PipelineError } from '../core/errors.js'
import { readPlan } from '../pipeline/check/read-plan.js'
import { runPipeline } from '../pipeline/run/run.js'
import type { Shard } from '../pipeline/run/shard.js'
import { takeTask } from '../pipeline/tasks/take.js'
import { metricsOption, observed } from './observed.js'
import { noPluginsOption } from './plugins-option.js'
import { logOption, withCrew } from './run-options.js'
import { screenOf } from './run-screen.js'
import { stopOnSignal } from './stop-on-signal.js'
import { varsOption } from './vars-option.js'

interface RunFlags {
  readonly var: Record<string, string>
  readonly output?: string
  readonly lanes?: number
  readonly slides?: number
  readonly scratch?: string
  readonly redo: boolean
  readonly plugins: boolean
  readonly shard?: Shard
  readonly only?: readonly string[]
  readonly tasks?: string
  readonly tasksIndex?: number
  readonly metrics?: string
  readonly log: 'human' | 'json'
}

export function runCommand(): Command {
  const command = new Command('run')
    .description('check a pipeline and run it, slide by slide; run it again to go on where it stopped')
    .argument('<pipeline>', 'pipeline file (YAML)')
    .addOption(varsOption())
    .addOption(noPluginsOption())
    .option('-o, --output <folder>', "in place of the file's output: a folder, or s3://…, gs://…, az://…")
  return withCrew(command)
    .option('--redo', 'make slides again that are done, also those made with other options', false)
    .option('--tasks <file>', 'only the slides of this task, as `tiastream tasks` wrote it; or the folder of the tasks, with --tasks-index')
    .addOption(
      new Option('--tasks-index <i>', 'which task of the folder, from 0 on: "$SLURM_ARRAY_TASK_ID", "$JOB_COMPLETION_INDEX"').argParser(
        parseIndex,
      ),
    )
    .addOption(
      new Option('--shard <i/n>', 'only the slides of shard i of n, by hash of their id: uneven, --tasks shares out by size')
        .argParser(parseShard)
        .conflicts('tasks'),
    )
    .addOption(
      new Option('--only <id>', 'only the slide of this id; may be given several times; with --redo it is made again')
        .argParser((id: string, before: readonly string[] = []) => [...before, id])
        .conflicts(['tasks', 'shard']),
    )
    .addOption(metricsOption())
    .addOption(logOption())
    .action(async (file: string, flags: RunFlags) => {
      const screen = screenOf(flags.log)
      const stop = stopOnSignal()
      try {
        const task = await taskOf(flags)
        const { signal } = stop
        const { var: vars, output, lanes, slides, plugins, redo, scratch, shard, only } = flags
        const asked = { vars, output, plugins, runtime: onlyGiven({ lanes, slides }), types: task?.types, signal }
        const plan = await readPlan(file, asked).catch((error: unknown) => {
          if (error === signal.reason) return null
          throw error
        })
        if (plan === null) {
          process.exitCode = stop.exitCode()
          return
        }
        const summary = await observed(plan, flags, screen.tell, (onEvent) =>
          runPipeline(plan, { signal, onEvent, redo, scratch, shard, task, only }),
        )
        if (summary.status === 'stopped') process.exitCode = stop.exitCode()
        else if (summary.slides.failed + summary.unreadable + summary.unanswered > 0) process.exitCode = 1
      } finally {
        stop.forget()
        screen.close()
      }
    })
}

async function taskOf({ tasks, tasksIndex }: RunFlags) {
  if (tasks !== undefined) return takeTask(tasks, tasksIndex)
  if (tasksIndex === undefined) return undefined
  throw new PipelineError('USAGE', '--tasks-index names a task of a folder, and no folder is given', { hint: 'add --tasks <folder>' })
}

function parseIndex(written: string): number {
  if (written.trim() === '') throw new InvalidArgumentError('it is empty: is the variable of the scheduler set here?')
  if (!/^\d{1,7}$/.test(written)) throw new InvalidArgumentError('write a whole number, 0 for the first task')
  return Number(written)
}

function parseShard(written: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(written) ?? []
  const shard = { index: Number(index), count: Number(count) }
  if (!(shard.index >= 1 && shard.index <= shard.count)) throw new InvalidArgumentError('write 2/8 for the second of eight')
  return shard
}
