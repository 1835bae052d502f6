import { testsIn, writePacks } from './ava.packs.js'

/**
 * Short files run in one process, one after another: what they load, and the one Python that they ask, is loaded once. Files that wait for long, or load
 * a library that others must not see, run alone; so does a file that is asked by its name. TIAToolbox is by itself: it is given empty packages where
 * others want the real ones.
 */
const packs = {
  readers: [...['czi', 'dicom', 'jp2', 'mrxs', 'ndpi', 'ome-zarr', 'openslide', 'sparse'].map((name) => `readers/${name}`), 'fixtures'],
  tables: ['sinks/exports', 'sinks/tables', 'evaluate/sklearn', 'stages/mask-model'],
  models: ['models/architectures', 'models/devices', 'models/transformer', 'bench/gpu', 'report/real-run'],
  compat: ['compat/merge', 'compat/tiatoolbox', 'compat/classes', 'compat/random-settings'],
}

/** Those that take longest begin first, so that the cores end together: first those that mostly wait, beside which the others work. */
const longest = [
  'queue/redis-failures',
  'cluster/slurm',
  'queue/redis',
  'queue/postgres',
  'queue/buckets',
  'queue/freed',
  'crash/endless',
  'crash/signals',
  'crash/crowd',
  'package',
  'remote/kill',
  'dataset/spark',
  'crash/kill',
  'view/view',
  'models/quantize',
  'pipeline/ownership',
  'sinks/pictures',
  'crash/lane',
  'crash/disk',
  'models/cards',
  'report/report',
  'remote/s3',
  'crash/together',
  'models/pytorch',
  'models/webgpu',
  'pipeline/plugins',
  'remote/dicomweb',
  'pipeline/pipelines',
  'fuzz/fuzz',
  'together/tables',
  'together/readers',
  'together/compat',
  'together/models',
  'pipeline/three-models',
  'readers/by-openslide',
  'remote/bad-luck',
]

const tests = new URL('dist/test-slow/', import.meta.url)

function every() {
  const alone = new Set(testsIn(tests))
  const members = Object.fromEntries(Object.entries(packs).map(([pack, names]) => [pack, names.map((name) => `${name}.test.js`)]))
  for (const file of Object.values(members).flat()) if (!alone.delete(file)) throw new Error(`there is no test-slow/${file}`)
  return [...alone, ...writePacks(tests, members)].map((file) => `dist/test-slow/${file}`)
}

const isAsked = process.argv.slice(2).some((word) => word.includes('test-slow'))

const rank = (file) => {
  const at = longest.findIndex((name) => file.includes(`/test-slow/${name}.`))
  return at < 0 ? longest.length : at
}

/**
 * The slow tests: kills, hostile files, interop with the tools of others. Half of their time they wait, for a child, a disk, a lock that lapses: so
 * five files share two cores. No test judges by the clock.
 */
export default {
  files: isAsked ? ['dist/test-slow/**/*.test.js'] : every(),
  timeout: '12m',
  concurrency: 5,
  workerThreads: false,
  sortTestFiles: (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
}
