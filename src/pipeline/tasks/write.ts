/** A set of tasks into a folder: whole, or without a manifest, which says that it is not. */

import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { PipelineError } from '../../core/errors.js'
import { makeFolder } from '../../core/files/make-folder.js'
import { writing } from '../../sinks/common/file.js'
import { writeShared } from '../store/durable.js'
import { manifestIn, readTask, taskIn } from './form.js'
import type { TaskSet } from './make.js'

/** Throws OUTPUT_EXISTS for a folder that holds tasks already, unless `force`; and for a file of that name that is no task. */
export async function writeTasks(folder: string, { manifest, tasks }: TaskSet, force: boolean): Promise<void> {
  const there = await taskFilesIn(folder)
  for (const file of there) {
    if (path.basename(file) !== 'manifest.json') await mustBeTask(file)
  }
  if (there.length > 0 && !force)
    throw new PipelineError('OUTPUT_EXISTS', `${folder} holds tasks already`, {
      hint: 'name another folder with -o, or say --force: tasks that wait in a queue would then read the new ones',
    })
  await writing(folder, () => makeFolder(folder))
  // A reader finds either set whole, or none.
  await writing(folder, () => rm(manifestIn(folder), { force: true }))
  for (const task of tasks) await writeShared(taskIn(folder, task.task), text(task))
  const kept = new Set(tasks.map(({ task }) => taskIn(folder, task)))
  for (const file of there) if (!kept.has(file)) await writing(file, () => rm(file, { force: true }))
  await writeShared(manifestIn(folder), text(manifest))
}

const text = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

async function taskFilesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new PipelineError('OUTPUT_EXISTS', `${folder} is no folder that tasks can be written to (${error.code})`, {
      hint: 'name another folder with -o',
      cause: error,
    })
  })
  return names.filter((name) => /^(\d+|manifest)\.json$/.test(name)).map((name) => path.join(folder, name))
}

async function mustBeTask(file: string): Promise<void> {
  await readTask(file).catch((cause: unknown) => {
    throw new PipelineError('OUTPUT_EXISTS', `${file} is there already, and is no task: it is never replaced`, {
      hint: 'name another folder with -o',
      cause,
    })
  })
}
