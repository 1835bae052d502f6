/**
 * What a set of tasks is on a disk: a pack of slides a file (`0.json`, `1.json` …) and `manifest.json`, written last. A pack stands for itself: whoever
 * has it and the pipeline can run it.
 */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { PipelineError } from '../../core/errors.js'
import { systemMessage } from '../../core/files/system-error.js'
import { type ValueTypes, valueTypes } from '../../core/source.js'

export const taskSchema = 'tiastream-task/1'
export const manifestSchema = 'tiastream-tasks/1'

/** What must be the same where a task is run as it was where it was made. */
export interface TaskIdentity {
  readonly tiastream: string
  /** Of everything in the pipeline that can change a row, and of its sinks. */
  readonly fingerprint: string
  readonly sinks: string
}

export interface TaskSlide {
  readonly id: string
  /** Where it lay, without secrets: for people, and for the receipt of one that is gone. */
  readonly uri: string
  /** With all its files. Null: it could not be read. */
  readonly bytes: number | null
}

export interface Task extends TaskIdentity {
  readonly schema: typeof taskSchema
  /** Of which set it is: tasks of one set have no slide in common. */
  readonly set: string
  /** 0 to `of` - 1. */
  readonly task: number
  readonly of: number
  /** Slides of the whole set. */
  readonly cohort: number
  /** Of the further columns of the list, as all of the list gave them. */
  readonly types: ValueTypes
  /** The largest first. */
  readonly slides: readonly TaskSlide[]
}

export interface Manifest extends TaskIdentity {
  readonly schema: typeof manifestSchema
  readonly set: string
  readonly tasks: number
  readonly cohort: number
  readonly bytes: number
  readonly types: ValueTypes
  /** The pipeline file, and where its results were to go. */
  readonly pipeline: string | null
  readonly output: string
  /** The plan in words, so that a difference can be told. */
  readonly plan: unknown
  readonly packs: readonly { readonly file: string; readonly slides: number; readonly bytes: number }[]
}

export const manifestIn = (folder: string): string => path.join(folder, 'manifest.json')
export const taskIn = (folder: string, task: number): string => path.join(folder, `${task}.json`)

/** Throws TASKS_INVALID for what is no whole task. */
export async function readTask(file: string): Promise<Task> {
  const read = await readJson(file)
  if (isTask(read)) return read
  const schema = (read as { schema?: unknown } | null)?.schema
  if (schema === manifestSchema)
    throw new PipelineError('TASKS_INVALID', `${file} is the manifest of the tasks, and no task`, {
      hint: `name one of them, such as ${taskIn(path.dirname(file), 0)}`,
    })
  const newer = typeof schema === 'string' && /^tiastream-tasks?\//.test(schema) && schema !== taskSchema
  throw new PipelineError(
    'TASKS_INVALID',
    `${file} is no task: ${newer ? `its schema is ${schema}` : 'it was not written by tiastream tasks'}`,
    {
      hint: newer ? 'make the tasks again with this version' : 'tiastream tasks pipeline.yml --into n makes tasks',
    },
  )
}

/** Null when there is none that can be read. */
export async function readManifest(folder: string): Promise<Manifest | null> {
  const read = (await readJson(manifestIn(folder)).catch(() => null)) as Manifest | null
  return read?.schema === manifestSchema && isWhole(read.tasks) && typeof read.set === 'string' ? read : null
}

async function readJson(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const missing = code === 'ENOENT' || code === 'ENOTDIR'
    throw new PipelineError(
      missing ? 'FILE_MISSING' : 'FILE_UNREADABLE',
      missing ? `there is no task ${file}` : `${file} cannot be read: ${systemMessage(cause)}`,
      {
        hint: 'tiastream tasks pipeline.yml --into n makes tasks',
        cause,
      },
    )
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PipelineError('TASKS_INVALID', `${file} is no whole JSON: it was cut off, or written by something else`, {
      hint: 'make the tasks again',
      cause,
    })
  }
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function isTask(read: unknown): read is Task {
  const { schema, tiastream, fingerprint, sinks, set, task, of, cohort, types, slides } = (read ?? {}) as Partial<Task>
  if (schema !== taskSchema || ![tiastream, fingerprint, sinks, set].every(isText) || !isWhole(cohort)) return false
  if (!isWhole(task) || !isWhole(of) || task >= of || typeof types !== 'object' || types === null || !Array.isArray(slides)) return false
  if (!/^\w+$/.test(set!) || !Object.values(types).every((type) => valueTypes.includes(type))) return false
  const ids = new Set<string>()
  for (const slide of slides as Partial<TaskSlide>[]) {
    if (!isText(slide?.id) || !isText(slide.uri) || !(slide.bytes === null || isWhole(slide.bytes))) return false
    ids.add(slide.id)
  }
  return ids.size === slides.length && ids.size > 0
}
