/** The templates of `deploy`, each judged by the program that reads it: Kubernetes' schemas, hadolint, bash, Snakemake, Airflow, Prefect and Dagster. */

import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { tiastream } from '../../test/support/command-line.js'
import { hashesOf } from '../../test/support/pipeline-file.js'
import { tempFolder } from '../../test/support/temp.js'
import { long } from '../long.js'
import { airflowPython, dagsterPython, prefectPython, snakemakePython, templatesPython } from '../peers.js'
import { writeCohort, writeCommand } from './command.js'

const run = promisify(execFile)
const deploy = path.join(packageRoot, 'deploy')

/** An interpreter of Python that has it, or null: then the test is skipped, by name. */
async function judge(t: ExecutionContext, python: () => Promise<string>, who: string): Promise<string | null> {
  try {
    return await python()
  } catch (error) {
    console.error(`SKIPPED: ${t.title}: ${who} cannot be had here (${(error as Error).message.split('\n')[0]})`)
    t.pass()
    return null
  }
}

/** The oldest and the newest; those between only in the long tests. */
const kubernetes = long ? ['1.29', '1.31', '1.33', '1.37'] : ['1.29', '1.37']

test('what is for Kubernetes is as its schemas say, of 1.29 to the newest', async (t) => {
  const python = await judge(t, templatesPython, 'kubernetes-validate')
  if (python === null) return
  const folder = path.join(deploy, 'kubernetes')
  // KEDA's kinds are not of Kubernetes: they were held against KEDA's own schemas by hand.
  const files = (await readdir(folder)).filter((name) => !name.startsWith('keda')).map((name) => path.join(folder, name))
  t.true(files.length >= 3)
  for (const version of kubernetes) {
    const { stdout, stderr } = await run(python, ['-m', 'kubernetes_validate', '--strict', '-k', version, ...files])
    t.is((stdout + stderr).match(/passed for resource/g)?.length, files.length, `${version}: ${stdout}${stderr}`)
  }
})

test('the Containerfile is good in the eyes of hadolint', async (t) => {
  const python = await judge(t, templatesPython, 'hadolint')
  if (python === null) return
  const { stdout } = await run(path.join(path.dirname(python), 'hadolint'), [path.join(deploy, 'container/Containerfile')])
  t.is(stdout, '')
})

test('templates name this version, and options that there are', async (t) => {
  const { version } = JSON.parse(await readFile(path.join(packageRoot, 'package.json'), 'utf8')) as { version: string }
  const help = new Map<string, string>()
  for (const entry of await readdir(deploy, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const text = await readFile(path.join(entry.parentPath, entry.name), 'utf8')
    for (const [, named] of text.matchAll(/registry\.example\/tiastream:([\w.-]+)/g)) t.is(named, version, entry.name)
    for (const [line, command] of text.matchAll(
      /(?:\btiastream |args: \[|\btiastream(?:\.call)?\(")(run|tasks|gather|work|submit)\b[^\n]*/g,
    )) {
      if (!help.has(command!)) help.set(command!, (await tiastream([command!, '--help'])).out)
      for (const [option] of line.matchAll(/(?<=[ "])--[a-z][a-z-]*/g))
        t.true(
          help.get(command!)!.includes(`${option} `) || help.get(command!)!.includes(`${option}\n`),
          `${entry.name}: ${command} has no ${option}`,
        )
    }
  }
  t.deepEqual([...help.keys()].toSorted(), ['gather', 'run', 'submit', 'tasks', 'work'])
})

test('templates speak of files that lie beside them, and tell kubectl one thing to wait for at most', async (t) => {
  const theirs = ['pipeline.yml', 'prometheus.yml', 'keda.sh', 'run.yaml']
  for (const entry of await readdir(deploy, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const beside = await readdir(entry.parentPath)
    const text = await readFile(path.join(entry.parentPath, entry.name), 'utf8')
    for (const [named] of text.matchAll(/[\w.-]+\.(?:ya?ml|sbatch|sh)\b/g))
      t.true([...theirs, ...beside].includes(named), `${entry.name} speaks of ${named}`)
    t.notRegex(text, /kubectl wait.*--for.*--for/, entry.name)
  }
})

test('bash takes the scripts for Slurm, and shellcheck finds nothing in them', async (t) => {
  const folder = path.join(deploy, 'slurm')
  const files = (await readdir(folder)).map((name) => path.join(folder, name))
  for (const file of files) await t.notThrowsAsync(run('bash', ['-n', file]), file)
  const python = await judge(t, templatesPython, 'shellcheck')
  if (python === null) return
  const { stdout } = await run(path.join(path.dirname(python), 'shellcheck'), files)
  t.is(stdout, '')
})

/** Stands in for Slurm: does a job at once, one of an array after the other. `--wrap` would be read by a shell, as there. */
const sbatch = `#!/bin/bash
array=0-0
while [[ $1 == --* ]]; do
  case $1 in --array=*) array=\${1#*=} ;; --wrap) exec sh -c "$2" >&2 ;; esac
  shift
done
for ((i = \${array%-*}; i <= \${array#*-}; i++)); do SLURM_ARRAY_TASK_ID=$i bash "$@" >&2; done
echo 7
`

test('submit.sh takes names as they are, with spaces and quotes', async (t) => {
  const { folder, env, expected } = await cohort(t)
  const [command, output] = [path.join(folder, 'bin/sbatch'), "it's $(here) x"]
  await writeFile(command, sbatch)
  await chmod(command, 0o755)
  await rename(path.join(folder, 'pipeline.yml'), path.join(folder, "a 'p'.yml"))
  const { stdout } = await run(path.join(deploy, 'slurm/submit.sh'), ["a 'p'.yml", '2', output], { cwd: folder, env })
  t.regex(stdout, /array 7, then gather 7/)
  t.deepEqual(await tablesIn(path.join(folder, output)), expected)
  t.true((await readdir(path.join(folder, output))).includes('_SUCCESS'))
})

/** A cohort, and what a run that nothing disturbs makes of it. */
async function cohort(t: ExecutionContext) {
  const folder = await tempFolder(t)
  await writeCommand(path.join(folder, 'bin'))
  const env = { ...process.env, PATH: `${path.join(folder, 'bin')}:${process.env.PATH}` }
  const pipeline = await writeCohort(folder, 224)
  const { code, err } = await tiastream(['run', pipeline, '-o', path.join(folder, 'expected')])
  t.is(code, 0, err)
  return { folder, env, pipeline, expected: await tablesIn(path.join(folder, 'expected')) }
}

/** The tables of slides alone. */
const tablesIn = async (folder: string) =>
  Object.fromEntries(Object.entries(await hashesOf(folder)).filter(([name]) => name.endsWith('.csv')))

test('Snakemake does a cohort by the rules, has nothing to do the second time, and all of it for another output or number of tasks', async (t) => {
  const python = await judge(t, snakemakePython, 'Snakemake')
  if (python === null) return
  const { folder, env, expected } = await cohort(t)
  const call = (output: string, tasks: number, ...more: readonly string[]) =>
    run(
      python,
      [
        '-m',
        'snakemake',
        '--snakefile',
        path.join(deploy, 'snakemake/Snakefile'),
        '--cores',
        '2',
        '--config',
        'pipeline=pipeline.yml',
        `output=${output}`,
        `tasks=${tasks}`,
        'lanes=1',
        ...more,
      ],
      { cwd: folder, env: { ...env, PATH: `${path.dirname(python)}:${env.PATH}`, HOME: folder } },
    )
  const { stderr } = await call('out', 2)
  t.regex(stderr, /5 of 5 steps \(100%\) done/)
  t.deepEqual(await tablesIn(path.join(folder, 'out')), expected)
  t.regex((await call('out', 2)).stderr, /Nothing to be done/)
  const [other, fewer] = await Promise.all([call('s3://lab/out', 2, '--dry-run'), call('out', 1, '--dry-run')])
  t.regex(other.stdout, /^run +2$/m)
  t.regex(fewer.stdout, /^tasks +1$/m)
})

test('Python takes the DAG, the flow and the job', async (t) => {
  for (const name of ['airflow', 'prefect', 'dagster']) {
    const file = path.join(deploy, name, 'tiastream_cohort.py')
    await t.notThrowsAsync(run('python3', ['-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())', file]))
  }
})

/** They take a minute or more to install, and half a minute to test: in the long tests. */
const forReal = long ? test : test.skip

forReal('Airflow does a cohort by the DAG', async (t) => {
  const python = await judge(t, airflowPython, 'Airflow')
  if (python === null) return
  const { folder, env, pipeline, expected } = await cohort(t)
  const dags = path.join(folder, 'dags')
  await mkdir(dags)
  await cp(path.join(deploy, 'airflow/tiastream_cohort.py'), path.join(dags, 'tiastream_cohort.py'))
  const own = { AIRFLOW_HOME: path.join(folder, 'airflow'), AIRFLOW__CORE__DAGS_FOLDER: dags, AIRFLOW__CORE__LOAD_EXAMPLES: 'False' }
  const options = { env: { ...env, PATH: `${path.dirname(python)}:${env.PATH}`, ...own }, maxBuffer: 2 ** 26 }
  const given = { pipeline, output: path.join(folder, 'out'), packs: path.join(folder, 'tasks'), tasks: 2, lanes: 1 }
  await run(python, ['-m', 'airflow', 'db', 'migrate'], options)
  const { stdout, stderr } = await run(
    python,
    ['-m', 'airflow', 'dags', 'test', 'tiastream_cohort', '--conf', JSON.stringify(given)],
    options,
  )
  t.regex(stdout + stderr, /state=.?success|DagRun Finished.*success/s)
  t.deepEqual(await tablesIn(path.join(folder, 'out')), expected)
})

forReal('Prefect does a cohort by the flow', async (t) => {
  const python = await judge(t, prefectPython, 'Prefect')
  if (python === null) return
  const { folder, env, pipeline, expected } = await cohort(t)
  const own = { PREFECT_HOME: path.join(folder, 'prefect'), PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS: '120' }
  const given = { pipeline, output: path.join(folder, 'out'), packs: path.join(folder, 'tasks'), tasks: 2, lanes: 1, at_once: 2 }
  const call = `import asyncio, json, sys; from tiastream_cohort import cohort; asyncio.run(cohort(**json.loads(sys.argv[1])))`
  const flow = { PYTHONPATH: path.join(deploy, 'prefect'), PYTHONDONTWRITEBYTECODE: '1' }
  await run(python, ['-c', call, JSON.stringify(given)], { env: { ...env, ...own, ...flow }, maxBuffer: 2 ** 26 })
  t.deepEqual(await tablesIn(path.join(folder, 'out')), expected)
})

forReal('Dagster does a cohort by the job', async (t) => {
  const python = await judge(t, dagsterPython, 'Dagster')
  if (python === null) return
  const { folder, env, pipeline, expected } = await cohort(t)
  const home = path.join(folder, 'dagster')
  await mkdir(home)
  const config = { pipeline, output: path.join(folder, 'out'), packs: path.join(folder, 'tasks'), tasks: 2, lanes: 1 }
  const settings = path.join(folder, 'run.yaml')
  await writeFile(settings, JSON.stringify({ resources: { tiastream: { config } } }))
  const job = [
    '-m',
    'dagster',
    'job',
    'execute',
    '-f',
    path.join(deploy, 'dagster/tiastream_cohort.py'),
    '-j',
    'tiastream_cohort',
    '-c',
    settings,
  ]
  const options = { cwd: folder, env: { ...env, DAGSTER_HOME: home, PYTHONDONTWRITEBYTECODE: '1' }, maxBuffer: 2 ** 26 }
  await run(python, job, options)
  t.deepEqual(await tablesIn(path.join(folder, 'out')), expected)
})
