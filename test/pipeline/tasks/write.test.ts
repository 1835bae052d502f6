import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { PipelineError } from '../../../src/core/errors.js'
import { readPlan } from '../../../src/pipeline/check/read-plan.js'
import { manifestIn, readManifest, readTask, taskIn } from '../../../src/pipeline/tasks/form.js'
import { tasksOf } from '../../../src/pipeline/tasks/make.js'
import type { Weighed } from '../../../src/pipeline/tasks/weigh.js'
import { writeTasks } from '../../../src/pipeline/tasks/write.js'
import { writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

const weighed = (count: number, done: number): Weighed[] =>
  Array.from({ length: count }, (_, i) => {
    const [id, uri] = [`s${i}`, `/slides/s${i}.tif`]
    return { ref: { kind: 'slide', id, uri, carried: {} }, id, uri, bytes: 2 ** 30, isDone: i < done } as Weighed
  })

test('slides that are done weigh next to nothing, and stay in a task; the same slides give the same tasks', async (t) => {
  const plan = await readPlan(await writePipeline(await tempFolder(t)))
  const { tasks, manifest } = tasksOf(plan, weighed(8, 4), 4)
  // A slide that is to be done each, and a done one beside it.
  t.deepEqual(
    tasks.map(({ slides }) => slides.map(({ id }) => id)),
    [
      ['s4', 's0'],
      ['s5', 's1'],
      ['s6', 's2'],
      ['s7', 's3'],
    ],
  )
  t.is(manifest.bytes, 8 * 2 ** 30)
  t.is(tasksOf(plan, weighed(8, 4), 4).manifest.set, manifest.set)
  t.not(tasksOf(plan, weighed(8, 3), 4).manifest.set, manifest.set)
  t.throws(() => tasksOf(plan, weighed(8, 0), 9), { instanceOf: PipelineError, code: 'TASKS_TOO_MANY' })
})

test('fewer tasks leave none of the earlier ones behind, and a write that stops half-way leaves no manifest', async (t) => {
  const folder = await tempFolder(t)
  const plan = await readPlan(await writePipeline(folder))
  const place = path.join(folder, 'tasks')
  await writeTasks(place, tasksOf(plan, weighed(8, 0), 4), false)
  t.like(await readTask(taskIn(place, 3)), { task: 3, of: 4, cohort: 8 })
  await t.throwsAsync(writeTasks(place, tasksOf(plan, weighed(8, 0), 2), false), { code: 'OUTPUT_EXISTS' })
  await writeTasks(place, tasksOf(plan, weighed(8, 0), 2), true)
  t.deepEqual((await readdir(place)).toSorted(), ['0.json', '1.json', 'manifest.json'])
  // JSON has no such number: the write stops there, as a full disk would make it.
  const { tasks, manifest } = tasksOf(plan, weighed(8, 0), 3)
  const broken = { ...tasks[2]!, cohort: 8n as unknown as number }
  await t.throwsAsync(writeTasks(place, { tasks: [tasks[0]!, tasks[1]!, broken], manifest }, true), { instanceOf: TypeError })
  t.is(await readManifest(place), null)
  await writeFile(manifestIn(place), '{"schema":"tiastream-tasks/9"}')
  t.is(await readManifest(place), null)
  t.true((await readFile(taskIn(place, 0), 'utf8')).includes(manifest.set))
})

test('a task with any part missing or odd is none: its slides would be done as those of another cohort, twice or not at all', async (t) => {
  const folder = await tempFolder(t)
  const [task] = tasksOf(await readPlan(await writePipeline(folder)), weighed(4, 0), 2).tasks
  const file = path.join(folder, 'x.json')
  const read = async (over: object) => {
    await writeFile(file, JSON.stringify({ ...task, ...over }))
    return readTask(file)
  }
  t.is((await read({})).slides.length, 2)
  t.is((await read({ task: 1 })).task, 1)
  const [slide, other] = task!.slides
  const odd: Record<string, readonly unknown[]> = {
    schema: ['tiastream-task/9', undefined],
    ...Object.fromEntries(['tiastream', 'fingerprint', 'sinks', 'set'].map((key) => [key, [undefined, '', 7]])),
    cohort: [undefined, -1, 1.5],
    task: [undefined, -1, 2, 0.5],
    of: [undefined, 0],
    types: [undefined, null, { age: 'years' }],
    slides: [undefined, [], {}, [null], [slide, slide], [slide, { ...other, id: '' }], [{ ...slide, uri: 7 }], [{ ...slide, bytes: -1 }]],
  }
  for (const [key, values] of Object.entries({ ...odd, set: [...odd.set!, '../x'] }))
    for (const value of values) await t.throwsAsync(read({ [key]: value }), { code: 'TASKS_INVALID' }, `${key}: ${JSON.stringify(value)}`)
})
