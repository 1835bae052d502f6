/** The commands, one line each. Their code loads only when they are asked for, so `--version` and `--help` answer at once. */

import type { Command } from 'commander'

export interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<Command>
}

export const commands: readonly CommandEntry[] = [
  { name: 'init', summary: 'write a pipeline to begin with into this folder', load: async () => (await import('./init.js')).initCommand() },
  { name: 'run', summary: 'run a pipeline', load: async () => (await import('./run.js')).runCommand() },
  { name: 'tasks', summary: 'share out the slides for a cluster', load: async () => (await import('./tasks.js')).tasksCommand() },
  {
    name: 'submit',
    summary: 'put the slides of a pipeline into a queue',
    load: async () => (await import('./submit.js')).submitCommand(),
  },
  { name: 'work', summary: 'take slides out of a queue and do them', load: async () => (await import('./work.js')).workCommand() },
  { name: 'status', summary: 'show how the runs of a queue stand', load: async () => (await import('./status.js')).statusCommand() },
  {
    name: 'retry',
    summary: 'put slides that failed into their queue again',
    load: async () => (await import('./retry.js')).retryCommand(),
  },
  { name: 'cancel', summary: 'take a run out of its queue', load: async () => (await import('./cancel.js')).cancelCommand() },
  { name: 'check', summary: 'tell every problem of a pipeline file', load: async () => (await import('./check.js')).checkCommand() },
  { name: 'plan', summary: 'show what a run would do', load: async () => (await import('./plan.js')).planCommand() },
  { name: 'test', summary: 'run the cases of a pipeline', load: async () => (await import('./test.js')).testCommand() },
  { name: 'inspect', summary: 'show what a slide is', load: async () => (await import('./inspect.js')).inspectCommand() },
  { name: 'thumbnail', summary: 'draw a slide as a small picture', load: async () => (await import('./thumbnail.js')).thumbnailCommand() },
  { name: 'overlay', summary: 'draw predictions over their slide', load: async () => (await import('./overlay.js')).overlayCommand() },
  {
    name: 'gather',
    summary: 'sum up all slides of an output in one table',
    load: async () => (await import('./gather.js')).gatherCommand(),
  },
  { name: 'show', summary: 'show what a table or an output folder holds', load: async () => (await import('./show.js')).showCommand() },
  {
    name: 'export',
    summary: 'write or draw a finished table in another form',
    load: async () => (await import('./export.js')).exportCommand(),
  },
  { name: 'evaluate', summary: 'score predictions against labels', load: async () => (await import('./evaluate.js')).evaluateCommand() },
  { name: 'report', summary: 'write one HTML page for a run', load: async () => (await import('./report.js')).reportCommand() },
  { name: 'view', summary: 'look at a run in the browser', load: async () => (await import('./view.js')).viewCommand() },
  {
    name: 'doctor',
    summary: 'try what this machine can do',
    load: async () => (await import('./doctor.js')).doctorCommand((await import('./doctor-checks.js')).moreChecks),
  },
  {
    name: 'devices',
    summary: 'list, install and remove the GPU providers of ONNX Runtime',
    load: async () => (await import('./devices.js')).devicesCommand(),
  },
  { name: 'schema', summary: 'print the JSON Schema of pipeline files', load: async () => (await import('./schema.js')).schemaCommand() },
  { name: 'docs', summary: 'print the reference of every option', load: async () => (await import('./docs.js')).docsCommand() },
  {
    name: 'models',
    summary: 'list, fetch and convert models',
    load: async () => (await import('./models/index.js')).modelsCommand(),
  },
]
