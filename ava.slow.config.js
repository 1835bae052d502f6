/** Those that take longest begin first, so that the cores end together. */
const longest = [
  'crash/lane',
  'crash/kill',
  'models/pytorch',
  'package',
  'crash/disk',
  'crash/endless',
  'memory/device',
  'crash/signals',
  'hostile/corpora',
  'models/architectures',
  'fuzz/fuzz',
  'compat/tiatoolbox',
]
const place = (file) => {
  const at = longest.findIndex((name) => file.includes(`/test-slow/${name}.`))
  return at < 0 ? longest.length : at
}

/** The slow tests: kills, hostile files, interop with the tools of others. Most wait for a child, a disk or a kill, so three files share two cores. */
export default {
  files: ['dist/test-slow/**/*.test.js'],
  timeout: '12m',
  concurrency: 3,
  workerThreads: false,
  sortTestFiles: (a, b) => place(a) - place(b) || (a < b ? -1 : 1),
}
