/** `tiastream tasks` and `run --tasks`: slides shared out by size, and every way in which a task does not fit. */

import { appendFile, copyFile, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { tiastreamVersion } from '../../src/pipeline/plan/version.js'
import type { Manifest, Task } from '../../src/pipeline/tasks/form.js'
import { demoSlide, hashesOf, writePipeline } from '../support/pipeline-file.js'
import { writeSmallModel } from '../support/small-model.js'
import { tempFolder } from '../support/temp.js'
import { tiastream } from './tiastream.js'

const json = async <T>(file: string) => JSON.parse(await readFile(file, 'utf8')) as T
const idsIn = ({ slides }: Task) => slides.map(({ id }) => id)

/** Slides of 1, 2 … n times about the same size: bytes behind the end of a TIFF change nothing. */
async function cohort(
  t: ExecutionContext,
  ids: string,
  asked: { readonly slides?: string; readonly grid?: string; readonly sinks?: string } = {},
) {
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'slides'))
  for (const [i, id] of [...ids].entries()) {
    const file = path.join(folder, 'slides', `${id}.tif`)
    await copyFile(demoSlide, file)
    await appendFile(file, Buffer.alloc(i * 2 ** 20))
  }
  await writeSmallModel(folder)
  const pipeline = await writePipeline(folder, {
    model: 'small',
    slides: '{ glob: "slides/*.tif" }',
    sinks: '[csv]',
    mask: '{ method: none }',
    grid: '{ size: 56 px, stride: 224 px, at: 4 mpp }',
    ...asked,
  })
  const tasks = path.join(folder, 'tasks')
  return { folder, pipeline, tasks, out: path.join(folder, 'out') }
}

test('the slides are shared out by size, each in one task; the tasks together give the files of one run', async (t) => {
  const { folder, pipeline, tasks, out } = await cohort(t, 'abcde')
  const made = await tiastream('tasks', pipeline, '--into', '2', '-o', tasks)
  t.is(made.code, 0, made.stderr)
  t.regex(
    made.stdout,
    /^5 slides \([\d.]+ MiB\) in 2 tasks, .*0\.json to .*1\.json: [\d.]+ MiB to [\d.]+ MiB each\nthe first one: tiastream run /,
  )
  t.deepEqual((await readdir(tasks)).toSorted(), ['0.json', '1.json', 'manifest.json'])
  const [first, second] = [await json<Task>(path.join(tasks, '0.json')), await json<Task>(path.join(tasks, '1.json'))]
  // Of e > d > c > b > a by a MiB each: e, then d and c against it, then b and a.
  t.deepEqual(idsIn(first), ['e', 'b', 'a'])
  t.deepEqual(idsIn(second), ['d', 'c'])
  const manifest = await json<Manifest>(path.join(tasks, 'manifest.json'))
  t.like(manifest, { tasks: 2, cohort: 5, set: first.set, tiastream: tiastreamVersion, output: out })
  const single = await tiastream('run', pipeline, '-o', path.join(folder, 'whole'))
  t.is(single.code, 0, single.stderr)
  const parts = await Promise.all([
    tiastream('run', pipeline, '--tasks', path.join(tasks, '1.json'), '--log', 'json'),
    tiastream('run', pipeline, '--tasks', tasks, '--tasks-index', '0', '--log', 'json'),
  ])
  for (const { code, stderr } of parts) t.is(code, 0, stderr)
  const begun = parts.map(({ stderr }) => [...stderr.matchAll(/"type":"slide.done","slide":"(\w)"/g)].map(([, id]) => id!).toSorted())
  t.deepEqual(begun, [
    ['c', 'd'],
    ['a', 'b', 'e'],
  ])
  t.deepEqual(await hashesOf(out), await hashesOf(path.join(folder, 'whole')))
  const again = await tiastream('run', pipeline, '--tasks', path.join(tasks, '1.json'))
  t.regex(again.stderr, /done: 0 done, 0 failed, 2 done before/)
  const anew = await tiastream('tasks', pipeline, '--into', '3', '-o', tasks)
  t.is(anew.code, 2)
  t.regex(anew.stderr, /holds tasks already.*\[OUTPUT_EXISTS\]/)
  const forced = await tiastream('tasks', pipeline, '--into', '1', '-o', tasks, '--force')
  t.regex(forced.stdout, /5 of them done before in /)
  t.deepEqual((await readdir(tasks)).toSorted(), ['0.json', 'manifest.json'])
})

test('a task of another version, of an edited plan, or that is none, is told, and nothing is run', async (t) => {
  const { pipeline, tasks, out } = await cohort(t, 'ab')
  const task = path.join(tasks, '1.json')
  t.is((await tiastream('tasks', pipeline, '--into', '2', '-o', tasks)).code, 0)
  const refused = async (saying: RegExp, ...args: string[]) => {
    const { code, stderr } = await tiastream('run', pipeline, ...args)
    t.is(code, 2, stderr)
    t.regex(stderr, saying)
    await t.throwsAsync(readdir(out), { code: 'ENOENT' }, 'nothing was begun')
  }
  await refused(
    /there is no task 2: .*tasks has 2 tasks, 0 to 1 \[TASKS_INDEX\]\n {2}Slurm: --array=0-1; Kubernetes: completions: 2/,
    '--tasks',
    tasks,
    '--tasks-index',
    '2',
  )
  await refused(/--tasks-index does not say which \[TASKS_INDEX\]/, '--tasks', tasks)
  await refused(/is no folder of tasks.*\[TASKS_INDEX\]/, '--tasks', task, '--tasks-index', '1')
  await refused(/it is empty: is the variable of the scheduler set/, '--tasks', tasks, '--tasks-index', '')
  await refused(/no folder is given \[USAGE\]/, '--tasks-index', '1')
  await refused(/there is no task .*7\.json \[FILE_MISSING\]/, '--tasks', path.join(tasks, '7.json'))
  await refused(/is the manifest of the tasks.*\[TASKS_INVALID\]/, '--tasks', path.join(tasks, 'manifest.json'))
  await refused(/--shard.*--tasks/, '--tasks', task, '--shard', '1/2')
  const text = await readFile(pipeline, 'utf8')
  await writeFile(pipeline, text.replace('stride: 224 px', 'stride: 112 px'))
  await refused(
    /was made of another state of this pipeline: stages\[0\]\.grid\.stride\[0\]: 112, was 224.*\[TASKS_DIFFER\]/,
    '--tasks',
    task,
  )
  await writeFile(pipeline, text.replace('[csv]', '[csv, jsonl]'))
  await refused(/another state of this pipeline: sinks\[1\].*\[TASKS_DIFFER\]/, '--tasks', task)
  await writeFile(pipeline, text)
  const whole = await readFile(task, 'utf8')
  await writeFile(task, whole.replace(`"tiastream": "${tiastreamVersion}"`, '"tiastream": "0.0.9"'))
  await refused(/was made by tiastream 0\.0\.9, and this is .*\[TASKS_DIFFER\]/, '--tasks', task)
  await writeFile(task, whole.replace('tiastream-task/1', 'tiastream-task/9'))
  await refused(/its schema is tiastream-task\/9 \[TASKS_INVALID\]/, '--tasks', task)
  await writeFile(task, whole.slice(0, 300))
  await refused(/is no whole JSON.*\[TASKS_INVALID\]/, '--tasks', task)
  await writeFile(task, whole.replace('"slides": [', '"slides": [ {},'))
  await refused(/is no task.*\[TASKS_INVALID\]/, '--tasks', task)
  await rm(path.join(tasks, 'manifest.json'))
  await refused(/holds no manifest\.json.*\[TASKS_INVALID\]/, '--tasks', tasks, '--tasks-index', '0')
})

test('more tasks than slides are refused, and a file that is no task is never replaced', async (t) => {
  const { pipeline, tasks } = await cohort(t, 'ab')
  const many = await tiastream('tasks', pipeline, '--into', '3', '-o', tasks)
  t.is(many.code, 2)
  t.regex(many.stderr, /3 tasks are more than there are slides \(2\).*\[TASKS_TOO_MANY\]\n {2}--into 2 at most/)
  await mkdir(tasks)
  await writeFile(path.join(tasks, '0.json'), '{"mine": true}')
  const foreign = await tiastream('tasks', pipeline, '--into', '2', '-o', tasks, '--force')
  t.is(foreign.code, 2)
  t.regex(foreign.stderr, /0\.json is there already, and is no task: it is never replaced \[OUTPUT_EXISTS\]/)
  t.is(await readFile(path.join(tasks, '0.json'), 'utf8'), '{"mine": true}')
})

test('a slide whose file is gone fails by name and the others go on; one that only the pattern lacks stops the task', async (t) => {
  const { pipeline, tasks, folder, out } = await cohort(t, 'abc')
  t.is((await tiastream('tasks', pipeline, '--into', '1', '-o', tasks)).code, 0)
  await rm(path.join(folder, 'slides/b.tif'))
  const { code, stderr } = await tiastream('run', pipeline, '--tasks', tasks, '--tasks-index', '0')
  t.is(code, 1, stderr)
  t.regex(stderr, /b: FAILED: .*b\.tif does not exist \[SLIDE_MISSING\]/)
  t.regex(stderr, /2 done, 1 failed/)
  t.like(await json(path.join(out, '.tiastream/receipts/b.json')), { status: 'failed', error: { code: 'SLIDE_MISSING' } })
  await copyFile(demoSlide, path.join(folder, 'slides/d.tif'))
  const more = await tiastream('run', pipeline, '--tasks', tasks, '--tasks-index', '0')
  t.is(more.code, 1, 'b is still gone')
  await copyFile(demoSlide, path.join(folder, 'slides/b.tif'))
  const back = await tiastream('run', pipeline, '--tasks', tasks, '--tasks-index', '0')
  t.is(back.code, 0, back.stderr)
  t.regex(back.stderr, /the source has 4 slides, and the tasks were made of 3/)
  await writeFile(pipeline, (await readFile(pipeline, 'utf8')).replace('slides/*.tif', 'slides/[bcd].tif'))
  const lacks = await tiastream('run', pipeline, '--tasks', tasks, '--tasks-index', '0')
  t.is(lacks.code, 2)
  t.regex(lacks.stderr, /names the slide a \(.*a\.tif\), which slides has no more \[TASKS_DIFFER\]/)
})

test('a slide that cannot be read is told when tasks are made, and stays in its task', async (t) => {
  const { pipeline, tasks, folder } = await cohort(t, 'ab')
  await writeFile(path.join(folder, 'list.csv'), 'uri\nslides/a.tif\nslides/b.tif\nslides/gone.tif\n')
  await writeFile(pipeline, (await readFile(pipeline, 'utf8')).replace('glob: "slides/*.tif"', 'list: list.csv'))
  const made = await tiastream('tasks', pipeline, '--into', '1', '-o', tasks)
  t.is(made.code, 0, made.stderr)
  t.regex(made.stdout, /\n1 cannot be read now: gone \(SLIDE_MISSING\)\n/)
  t.deepEqual(idsIn(await json<Task>(path.join(tasks, '0.json'))), ['b', 'a', 'gone'])
})

test('types of further columns are those of the whole list when the tasks were made', async (t) => {
  const { pipeline, tasks, folder } = await cohort(t, 'ab')
  const list = path.join(folder, 'list.csv')
  await writeFile(list, 'uri,age\nslides/a.tif,61.5\nslides/b.tif,47\n')
  await writeFile(pipeline, (await readFile(pipeline, 'utf8')).replace('glob: "slides/*.tif"', 'list: list.csv'))
  t.is((await tiastream('tasks', pipeline, '--into', '2', '-o', tasks)).code, 0)
  t.deepEqual((await json<Task>(path.join(tasks, '1.json'))).types, { age: 'number' })
  // Without a number anywhere the column would be text.
  await writeFile(list, 'uri,age\nslides/a.tif,\nslides/b.tif,\n')
  t.is((await tiastream('run', pipeline, '--tasks', tasks, '--tasks-index', '0')).code, 0)
  await writeFile(list, 'uri,age\nslides/a.tif,old\nslides/b.tif,47\n')
  const misfit = await tiastream('run', pipeline, '--tasks', tasks, '--tasks-index', '1')
  t.is(misfit.code, 2)
  t.regex(misfit.stderr, /list\.csv:2:1 .*age is 'old', which is not a number/)
})

test('a copy with another time is the slide that a task names', async (t) => {
  const { pipeline, tasks, folder } = await cohort(t, 'a')
  t.is((await tiastream('tasks', pipeline, '--into', '1', '-o', tasks)).code, 0)
  t.is((await tiastream('run', pipeline, '--tasks', tasks, '--tasks-index', '0')).code, 0)
  await utimes(path.join(folder, 'slides/a.tif'), 1, 1)
  t.regex((await tiastream('run', pipeline, '--tasks', tasks, '--tasks-index', '0')).stderr, /1 done before/)
})
