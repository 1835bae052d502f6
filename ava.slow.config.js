/** Those that take longest begin first, so that the cores end together: first those that mostly wait, beside which the others work. */
const longest = [
  'queue/redis-failures',
  'cluster/slurm',
  'queue/redis',
  'queue/postgres',
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
  'memory/device',
  'models/pytorch',
  'models/webgpu',
  'pipeline/pipelines',
  'fuzz/fuzz',
  'remote/bad-luck',
  'crash/endless',
  'compat/classes',
]
const place = (file) => {
  const at = longest.findIndex((name) => file.includes(`/test-slow/${name}.`))
  return at < 0 ? longest.length : at
}

/**
 * The slow tests: kills, hostile files, interop with the tools of others. Half of their time they wait, for a child, a disk, a lock that lapses: so
 * five files share two cores. No test judges by the clock.
 */
export default {
  files: ['dist/test-slow/**/*.test.js'],
  timeout: '12m',
  concurrency: 5,
  workerThreads: false,
  sortTestFiles: (a, b) => place(a) - place(b) || (a < b ? -1 : 1),
}
