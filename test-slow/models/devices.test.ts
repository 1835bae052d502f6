/**
 * What doctor says of CUDA, with libraries that a compiler made and a driver that stands in for NVIDIA's; in `npm run test:long` with the real
 * wheel, which pip fetches. Needs a C compiler, on Linux for x64.
 */

import { execFile, spawnSync } from 'node:child_process'
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import type { Probe } from '../../src/models/doctor/probe.js'
import { probeApart } from '../../src/models/doctor/probe-apart.js'
import { libraryFile, ortLibrary } from '../../src/models/session/capi/library.js'
import { absentOf, loaderFind } from '../../src/models/session/loader.js'
import { tempFolder } from '../../test/support/temp.js'
import { long } from '../long.js'

const compiler = spawnSync('cc', ['--version']).status === 0 && process.platform === 'linux' && process.arch === 'x64'
if (!compiler) console.warn('SKIPPED (no C compiler on Linux: Debian: apt-get install gcc): every test of test-slow/models/devices')
const cardTest = compiler ? test.serial : test.serial.skip
const pip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0
const realTest = compiler && pip && long ? test.serial : test.serial.skip

const run = promisify(execFile)
const program = path.join(packageRoot, 'dist/src/cli.js')

/** A library of that name, which asks for others and says `words`. */
async function build(folder: string, name: string, needs: readonly string[] = [], more: readonly string[] = [], words = ''): Promise<void> {
  await mkdir(folder, { recursive: true })
  const [stub, source] = [path.join(folder, 'stubs'), path.join(folder, `${name}.c`)]
  await mkdir(stub, { recursive: true })
  await writeFile(source, `const char words_of_it[] = "\\0${words}\\0";\n`)
  const linked: string[] = []
  for (const needed of needs) {
    const file = path.join(stub, needed)
    await run('cc', ['-shared', '-o', file, '-x', 'c', '/dev/null', `-Wl,-soname,${needed}`])
    linked.push(file)
  }
  await run('cc', [
    '-shared',
    '-fPIC',
    '-o',
    path.join(folder, name),
    source,
    `-Wl,-soname,${name}`,
    '-Wl,--no-as-needed',
    ...linked,
    ...more,
  ])
}

cardTest('what is not found is what ldd does not find', async (t) => {
  const folder = await tempFolder(t)
  await build(path.join(folder, 'deps'), 'libinner.so.1', ['libgone.so.7'])
  await build(
    folder,
    'libouter.so',
    ['libinner.so.1', 'libabsent.so.3', 'libm.so.6'],
    ['-Wl,-rpath,$ORIGIN/deps', '-Wl,--enable-new-dtags'],
  )
  await build(folder, 'libold.so', ['libinner.so.1'], ['-Wl,-rpath,$ORIGIN/deps', '-Wl,--disable-new-dtags'])
  for (const name of ['libouter.so', 'libold.so']) {
    const file = path.join(folder, name)
    const { stdout } = await run('ldd', [file])
    const gone = [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map(([, one]) => one!)
    t.true(gone.includes('libgone.so.7'), stdout)
    const ours = absentOf(file, await loaderFind(process.env)).map(({ name: one }) => one)
    t.deepEqual(ours.toSorted(), gone.toSorted(), name)
  }
})

interface Rig {
  readonly folder: string
  /** What doctor says of CUDA. */
  readonly doctor: (env?: Readonly<Record<string, string>>) => Promise<Extract<Probe, { ok: false }>>
  readonly devices: (...given: string[]) => Promise<string>
}

/** npm's runtime in a folder of its own, and a driver that shows one card. */
async function rigOf(t: ExecutionContext): Promise<Rig> {
  const root = await tempFolder(t)
  const [folder, driver] = [path.join(root, 'runtime'), path.join(root, 'driver')]
  await mkdir(folder)
  await mkdir(driver)
  const own = libraryFile(undefined)
  await copyFile(own, path.join(folder, path.basename(own)))
  await run('cc', [
    '-shared',
    '-fPIC',
    '-w',
    '-o',
    path.join(driver, 'libcuda.so.1'),
    path.join(packageRoot, 'test-slow/models/stub/cuda.c'),
  ])
  const env = { ...process.env, LD_LIBRARY_PATH: driver, TIASTREAM_ONNXRUNTIME: folder, STUB_CARDS: '1', STUB_CUDA: '13000' }
  return {
    folder,
    async doctor(more = {}) {
      // The process that tries a device has the environment of this one.
      const before = { ...process.env }
      Object.assign(process.env, env, more)
      try {
        const probe = await probeApart('cuda')
        if (probe.ok) throw new Error('there is a card that computes')
        return probe
      } finally {
        for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name]
        Object.assign(process.env, before)
      }
    },
    devices: async (...given) => (await run(process.execPath, [program, 'devices', ...given], { env, timeout: 600_000 })).stdout,
  }
}

cardTest('doctor names what is missing and the cure: no card, no provider, a library, the driver', async (t) => {
  const { folder, doctor } = await rigOf(t)
  const hidden = await doctor({ STUB_CARDS: '0' })
  t.regex(hidden.why, /no GPU: cuInit says 100 \(no device\)/)
  const bare = await doctor()
  t.regex(bare.why, /libonnxruntime_providers_shared\.so and libonnxruntime_providers_cuda\.so are not in/)
  t.is(bare.cure, 'tiastream devices install cuda')
  const { version } = await ortLibrary()
  await build(folder, 'libonnxruntime_providers_shared.so')
  // A number that no machine has: libraries of CUDA may be here.
  await build(folder, 'libonnxruntime_providers_cuda.so', ['libcublas.so.99', 'libcudart.so.99'], [], version)
  const lacks = await doctor({ STUB_CUDA: '99000' })
  t.regex(lacks.why, /^libcublas\.so\.99, libcudart\.so\.99 .*not found: libonnxruntime_providers_cuda\.so is built for CUDA 99/)
  t.regex(lacks.cure, /^pip install 'nvidia-cublas~=99\.0' 'nvidia-cuda-runtime~=99\.0'/)
  t.regex((await doctor()).why, /^NVIDIA's driver is for CUDA 13 and older, and .* is built for CUDA 99/)
})

realTest('the wheel of PyPI is of the same commit as the runtime of npm: laid, seen by doctor, removed', async (t) => {
  const { folder, doctor, devices } = await rigOf(t)
  const before = await readdir(folder)
  t.regex(await devices('install', 'cuda'), /^laid libonnxruntime_providers_shared\.so, libonnxruntime_providers_cuda\.so/)
  t.regex(await devices(), /^cuda +laid by tiastream, \d+\.\d MiB, built for CUDA \d+$/m)
  const { why } = await doctor()
  // The provider's own NEEDED entries, or, where CUDA is here, the words of a driver that is none.
  t.regex(why, /libcu\w+\.so\.\d+.* not found: libonnxruntime_providers_cuda\.so is built for CUDA \d+|CUDA/)
  t.notRegex(why, /they must be of one build/)
  t.regex(await devices('remove', 'cuda'), /^removed /)
  t.deepEqual(await readdir(folder), before)
})
