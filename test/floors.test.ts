/** The floors hold: imports only go down, in no circle, and each outside package has one doorway. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../src/core/package-root.js'

const source = path.join(packageRoot, 'src')
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => /\.ts$/.test(file) && !file.endsWith('.d.ts'))

/** What the folders of each floor may import besides themselves. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  geometry: [],
  core: ['geometry', 'flow'],
  flow: [],
  codecs: ['core', 'geometry', 'flow'],
  remote: ['core', 'flow'],
  readers: ['geometry', 'core', 'flow', 'codecs', 'remote'],
  models: ['geometry', 'core', 'flow', 'remote'],
  sources: ['geometry', 'core', 'flow', 'remote'],
  stages: ['geometry', 'core', 'flow', 'codecs', 'remote', 'readers'],
  sinks: ['geometry', 'core', 'flow', 'codecs', 'remote'],
  pipeline: ['geometry', 'core', 'flow', 'codecs', 'remote', 'readers', 'models', 'sources', 'stages', 'sinks'],
  // What makes a model: it cuts its pictures as a run would.
  workshop: ['geometry', 'core', 'flow', 'readers', 'models', 'sources', 'pipeline'],
  // Who watches a run or a worker: knows its events and its plan.
  observe: ['geometry', 'core', 'flow', 'pipeline', 'queue'],
  // Many machines: what a queue holds of runs, and who works on it.
  queue: ['geometry', 'core', 'flow', 'readers', 'sinks', 'pipeline', 'results'],
  // Of finished outputs: above what the pipeline wrote.
  results: ['geometry', 'core', 'flow', 'codecs', 'readers', 'sinks', 'pipeline'],
}

interface Import {
  readonly from: string
  readonly to: string
  /** A type is gone when the program runs. */
  readonly type: boolean
  /** `import('…')` loads when it is reached, not before. */
  readonly lazy: boolean
}

const statement = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?'([^']+)'|import\(\s*'([^']+)'\s*\)/g

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(path.join(source, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  return [...text.matchAll(statement)].map(([, type, fixed, lazy]) => {
    const to = (fixed ?? lazy)!
    const local = to.startsWith('.') ? path.join(path.dirname(file), to).replace(/\.js$/, '.ts') : to
    return { from: file, to: local, type: type !== undefined, lazy: lazy !== undefined }
  })
})

const floorOf = (file: string) => (file.includes('/') ? file.split('/')[0]! : 'top')
const isLocal = ({ to }: Import) => to.endsWith('.ts')

test('the imports were found', (t) => {
  t.true(files.length > 50 && imports.length > files.length)
  for (const { from, to } of imports.filter(isLocal))
    t.true(files.includes(to) || to.endsWith('.d.ts'), `${from} imports ${to}, which is not there`)
})

test('imports only go down', (t) => {
  const wrong = imports.filter(isLocal).filter(({ from, to }) => {
    const floor = floorOf(from)
    return floor in mayImport && floorOf(to) !== floor && !mayImport[floor]!.includes(floorOf(to))
  })
  t.deepEqual(
    wrong.map(({ from, to }) => `${from} → ${to}`),
    [],
  )
})

/** The rooms of a floor, and what each may import of its floor besides itself. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  'core/text': ['core'],
  'core/host': ['core'],
  'core/batches': ['core'],
  'core/columns': ['core'],
  'core/csv': ['core', 'core/text'],
  'core/files': ['core', 'core/host', 'core/text'],
  'pipeline/document': [],
  'pipeline/environment': [],
  'pipeline/plan': ['pipeline/environment'],
  'pipeline/store': ['pipeline/environment', 'pipeline/plan'],
  'pipeline/cohort': ['pipeline/plan', 'pipeline/store'],
  'pipeline/check': ['pipeline/document', 'pipeline/environment', 'pipeline/plan', 'pipeline/store'],
  'pipeline/tasks': ['pipeline/environment', 'pipeline/plan', 'pipeline/store'],
  'pipeline/run': ['pipeline/cohort', 'pipeline/environment', 'pipeline/plan', 'pipeline/store', 'pipeline/tasks'],
  'models/onnx': [],
  'models/card': ['models/onnx'],
  'models/session': ['models/onnx'],
  'models/doctor': ['models/onnx', 'models/card', 'models/session'],
  'results/plots': ['results'],
  'results/evaluate': ['results', 'results/plots'],
  'results/report': ['results', 'results/plots', 'results/evaluate'],
  'results/view': ['results'],
}

test('rooms know only the rooms below them', (t) => {
  const roomOf = (file: string) => path.dirname(file).split('/').slice(0, 2).join('/')
  const wrong = imports.filter(isLocal).filter(({ from, to }) => {
    const [room, other] = [roomOf(from), roomOf(to)]
    return room in rooms && floorOf(to) === floorOf(from) && other !== room && !rooms[room]!.includes(other)
  })
  t.deepEqual(
    wrong.map(({ from, to }) => `${from} → ${to}`),
    [],
  )
})

/** Everybody else is given an environment. `readers/open.ts` opens with the readers of tiastream itself. */
const knowRegistries = [
  'pipeline/environment/default.ts',
  'pipeline/environment/in-helpers.ts',
  'pipeline/environment/in-lanes.ts',
  'readers/open.ts',
]

test('the registries are known to the default environment alone', (t) => {
  const registries = [
    'stages/registry.ts',
    'stages/work.ts',
    'sinks/registry.ts',
    'sinks/work.ts',
    'sources/registry.ts',
    'readers/registry.ts',
  ]
  const wrong = imports.filter(({ from, to, type }) => registries.includes(to) && !type && !knowRegistries.includes(from))
  t.deepEqual(
    wrong.map(({ from, to }) => `${from} → ${to}`),
    [],
  )
})

/** One sink that is another with more in it. */
const builtOn: Readonly<Record<string, string>> = { 'sinks/geoparquet': 'sinks/parquet' }

test('stages, sinks and sources know nothing of each other; what they share has no spec', (t) => {
  const part = (file: string) => file.split('/').slice(0, 2).join('/')
  const wrong = imports.filter(isLocal).filter(({ from, to }) => {
    const floor = floorOf(from)
    if (!['stages', 'sinks', 'sources'].includes(floor) || [`${floor}/registry.ts`, `${floor}/work.ts`].includes(from)) return false
    return floorOf(to) === floor && part(to) !== part(from) && files.includes(`${part(to)}/spec.ts`) && builtOn[part(from)] !== part(to)
  })
  t.deepEqual(
    wrong.map(({ from, to }) => `${from} → ${to}`),
    [],
  )
})

test('no file imports itself in a circle, by a type or lazily neither', (t) => {
  const next = new Map<string, string[]>()
  for (const { from, to } of imports) if (to.endsWith('.ts')) next.set(from, [...(next.get(from) ?? []), to])
  const done = new Set<string>()
  const circles: string[] = []
  const walk = (file: string, trail: readonly string[]) => {
    if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' → '))
    else if (!done.has(file)) {
      for (const to of next.get(file) ?? []) walk(to, [...trail, file])
      done.add(file)
    }
  }
  for (const file of files) walk(file, [])
  t.deepEqual(circles, [])
})

/** Packages that several floors need for different things: each floor has its own doorway. */
const doorwayOf = (file: string) => {
  const parts = file.split('/')
  return parts.length > 2 ? parts.slice(0, 2).join('/') : file
}

/** Commander and cli-progress are the language of the commands; zod checks what comes from outside where it comes in. */
const everywhereIn: Readonly<Record<string, RegExp>> = { commander: /^cli(\/|\.ts)/, 'cli-progress': /^cli\// }

/** Tables and the options of a report come from outside. */
const twoDoors = ['zod in results']

test('each outside package has one doorway a floor: a file or a folder', (t) => {
  const doors = new Map<string, Set<string>>()
  for (const { from, to } of imports.filter((i) => !isLocal(i) && !i.to.startsWith('node:'))) {
    const name = to.startsWith('@') ? to.split('/').slice(0, 2).join('/') : to.split('/')[0]!
    if (everywhereIn[name]?.test(from)) continue
    const key = `${name} in ${floorOf(from)}`
    doors.set(key, (doors.get(key) ?? new Set()).add(doorwayOf(from)))
  }
  const several = [...doors]
    .filter(([name, places]) => places.size > (twoDoors.includes(name) ? 2 : 1))
    .map(([name, places]) => `${name}: ${[...places].join(', ')}`)
  t.deepEqual(several, [])
})

test('describing loads nothing heavy: specs, check, plan, schema and docs reach no native code and no worker', (t) => {
  const heavy = [
    'sharp',
    'onnxruntime-node',
    '@julusian/jpeg-turbo',
    'apache-arrow',
    'geotiff',
    'highland',
    'hyparquet-writer',
    'node:worker_threads',
    'parquetjs',
  ]
  const fixed = imports.filter(({ type, lazy }) => !type && !lazy)
  const seen = new Set<string>()
  const reached: string[] = []
  const walk = (file: string, trail: readonly string[]) => {
    if (heavy.some((name) => file === name || file.startsWith(`${name}/`))) reached.push([...trail, file].join(' → '))
    if (seen.has(file)) return
    seen.add(file)
    for (const { to } of fixed.filter(({ from }) => from === file)) walk(to, [...trail, file])
  }
  for (const start of [
    'pipeline/check/check.ts',
    'pipeline/check/read-plan.ts',
    'pipeline/plan/schema.ts',
    'pipeline/plan/docs.ts',
    'cli/start.ts',
  ])
    walk(start, [])
  t.deepEqual(reached, [])
})

test('the files that the documents name are there', (t) => {
  const named = /\b(?:src|test|test-slow|bench)\/[\w./-]+\.(?:ts|py|mjs)\b/g
  for (const document of ['ARCHITECTURE.md', 'GUARANTEES.md', 'CONTRIBUTING.md', 'README.md', 'bench/NOTES.md']) {
    const gone = readFileSync(path.join(packageRoot, document), 'utf8')
      .match(named)
      ?.filter((file) => !existsSync(path.join(packageRoot, file)))
    t.deepEqual(gone ?? [], [], document)
  }
})

test('threads load no descriptions: lanes and helpers reach neither zod nor the specs, nor the file format of ONNX', (t) => {
  const fixed = imports.filter(({ type, lazy }) => !type && !lazy)
  const seen = new Set<string>()
  const reached: string[] = []
  const walk = (file: string, trail: readonly string[]) => {
    if (['zod', 'protobufjs'].includes(file) || /(^|\/)spec\.ts$/.test(file)) reached.push([...trail, file].join(' → '))
    if (seen.has(file)) return
    seen.add(file)
    for (const { to } of fixed.filter(({ from }) => from === file)) walk(to, [...trail, file])
  }
  const parts = imports.filter(({ from, lazy }) => lazy && (from === 'stages/work.ts' || from === 'sinks/work.ts')).map(({ to }) => to)
  t.true(parts.length >= 15, 'the stages, and the sinks that draw')
  for (const start of ['pipeline/run/lane-worker.ts', 'pipeline/run/helper-worker.ts', ...parts]) walk(start, [])
  t.deepEqual(reached, [])
})
