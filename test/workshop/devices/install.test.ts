/** Providers are laid beside a runtime out of wheels made by hand, which are as the real ones in their names. */

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { listText } from '../../../src/cli/devices.js'
import { mustFit } from '../../../src/models/session/capi/providers.js'
import { providersBeside, removeProviders } from '../../../src/workshop/devices/beside.js'
import { type InstallOptions, installProviders, type Runtime } from '../../../src/workshop/devices/install.js'
import { elfFile } from '../../models/elf-file.js'
import { tempFolder } from '../../support/temp.js'
import { zipFile } from '../../support/zip-file.js'

// For other systems there is no such wheel.
const here = process.platform === 'linux' && process.arch === 'x64' ? test : test.skip

const [version, commit] = ['1.30.0', 'f2c39fe2f']
const built = (of: string) => Buffer.from(`\0ORT Build Info: git-branch=HEAD, git-commit-id=${of}, build type=Release\0`)

interface WheelParts {
  readonly commit?: string
  readonly version?: string
  readonly machine?: number
  readonly without?: string
  readonly spoil?: string
  readonly more?: Readonly<Record<string, Buffer>>
}

const cudaEntry = 'onnxruntime/capi/libonnxruntime_providers_cuda.so'

function wheelBytes({ without, spoil, more = {}, machine = 62, ...build }: WheelParts = {}): Buffer {
  const entries: Record<string, Buffer> = {
    'onnxruntime/LICENSE': Buffer.from('MIT'),
    'onnxruntime/capi/libonnxruntime.so.1.30.0': Buffer.concat([Buffer.alloc(100_000), built(build.commit ?? commit)]),
    'onnxruntime/capi/libonnxruntime_providers_shared.so': elfFile({}),
    [cudaEntry]: elfFile({ needed: ['libcudart.so.13'], machine, more: `\0${build.version ?? version}\0` }),
    'onnxruntime/capi/libonnxruntime_providers_tensorrt.so': elfFile({ needed: ['libcudart.so.13', 'libnvinfer.so.10'] }),
    ...more,
  }
  return zipFile(Object.fromEntries(Object.entries(entries).filter(([name]) => name !== without)), spoil)
}

interface Place {
  readonly folder: string
  readonly runtime: Runtime
  readonly install: (parts?: WheelParts, options?: InstallOptions) => ReturnType<typeof installProviders>
}

async function place(t: ExecutionContext): Promise<Place> {
  const root = await tempFolder(t)
  const folder = path.join(root, 'runtime')
  await mkdir(folder)
  const runtime = { file: path.join(folder, 'libonnxruntime.so.1'), version, commit }
  const wheel = path.join(root, 'onnxruntime_gpu-1.30.0-cp312-cp312-manylinux_2_28_x86_64.whl')
  return {
    folder,
    runtime,
    async install(parts, options) {
      await writeFile(wheel, wheelBytes(parts))
      return installProviders(runtime, { wheel, ...options })
    },
  }
}

const all = [
  'libonnxruntime_providers_cuda.so',
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_tensorrt.so',
  'onnxruntime-providers.LICENSE',
  'onnxruntime-providers.json',
]
const namesIn = async (folder: string) => (await readdir(folder)).sort()

here('laid, listed, laid again for nothing, removed', async (t) => {
  const { folder, runtime, install } = await place(t)
  const laid = await install()
  t.deepEqual(await namesIn(folder), all)
  const cuda = await readFile(path.join(folder, all[0]!))
  t.is(laid!.sha256[all[0]!], createHash('sha256').update(cuda).digest('hex'))
  const { from, sha256, ...build } = JSON.parse(await readFile(path.join(folder, 'onnxruntime-providers.json'), 'utf8'))
  t.deepEqual(build, { version, commit })
  t.regex(from, /^onnxruntime_gpu-1\.30\.0-.*\.whl$/)
  t.is(Object.keys(sha256).length, 4)
  // What a session asks before it loads them.
  t.is(await mustFit(runtime, 'tensorrt'), path.join(folder, all[0]!))
  const text = listText(runtime, await providersBeside(runtime))
  t.regex(text, /^cuda +laid by tiastream, .* MiB, built for CUDA 13$/m)
  t.is(await install(), null)
  t.deepEqual([...(await removeProviders(runtime))].sort(), all.slice(0, 4).sort())
  t.deepEqual(await namesIn(folder), [])
  await t.throwsAsync(removeProviders(runtime), { message: /no providers were laid/ })
})

const refusals: Readonly<Record<string, readonly [WheelParts, RegExp]>> = {
  'of another commit': [{ commit: '8f0278c77b' }, /is of commit 8f0278c77b, the runtime .* is of f2c39fe2f: they must be of one build/],
  'whose provider is of another version': [{ version: '1.29.1' }, /providers_cuda\.so is of version 1\.29\.1, the runtime is 1\.30\.0/],
  'for another processor': [{ machine: 183 }, /providers_cuda\.so is for arm64, this is x64/],
  'without the provider': [{ without: cudaEntry }, /holds no libonnxruntime_providers_cuda\.so: it is no wheel of onnxruntime-gpu/],
  'without a runtime': [{ without: 'onnxruntime/capi/libonnxruntime.so.1.30.0' }, /holds no runtime/],
  'that is damaged': [{ spoil: cudaEntry }, /providers_cuda\.so does not have the checksum it should have/],
  'whose names lead out of it': [{ more: { '../../evil': Buffer.from('x') } }, /invalid relative path/],
}
for (const [what, [parts, message]] of Object.entries(refusals))
  here(`a wheel ${what} is refused, and nothing is left`, async (t) => {
    const { folder, install } = await place(t)
    await t.throwsAsync(install(parts), { code: 'PROVIDERS_REFUSED', message })
    t.deepEqual(await namesIn(folder), [])
  })

here('a wheel that is stopped in the middle leaves nothing; one that is no archive is refused', async (t) => {
  const { folder, runtime, install } = await place(t)
  const controller = new AbortController()
  await t.throwsAsync(install({}, { signal: controller.signal, onStep: () => controller.abort(new Error('stopped')) }), {
    message: 'stopped',
  })
  t.deepEqual(await namesIn(folder), [])
  for (const wheel of [runtime.file, folder])
    await t.throwsAsync(installProviders(runtime, { wheel }), { code: 'PROVIDERS_REFUSED', message: /cannot be opened|is no file/ })
})

here('files of others are replaced by force alone; what was changed is laid again, and not removed', async (t) => {
  const { folder, runtime, install } = await place(t)
  const cuda = path.join(folder, all[0]!)
  await writeFile(cuda, 'of somebody')
  await t.throwsAsync(install(), { code: 'PROVIDERS_REFUSED', message: /providers_cuda\.so in .* was not laid by this command/ })
  t.is(await readFile(cuda, 'utf8'), 'of somebody')
  t.truthy(await install({}, { force: true }))
  // Loading one that was cut short would end the process.
  await writeFile(cuda, (await readFile(cuda)).subarray(0, 200))
  await t.throwsAsync(mustFit(runtime, 'cuda'), { message: /providers_cuda\.so is a damaged library: / })
  await writeFile(cuda, 'changed')
  t.regex(listText(runtime, await providersBeside(runtime)), /^cuda +something else than was laid/m)
  await t.throwsAsync(removeProviders(runtime), { code: 'PROVIDERS_REFUSED', message: /providers_cuda\.so in .* is not what was laid/ })
  t.is(await readFile(cuda, 'utf8'), 'changed')
  t.truthy(await install())
  t.not(await readFile(cuda, 'utf8'), 'changed')
})

here('a runtime of another commit, after an update, takes those of its own', async (t) => {
  const { folder, runtime, install } = await place(t)
  await install()
  const next: Runtime = { ...runtime, commit: 'abcdef012' }
  await t.throwsAsync(mustFit(next, 'cuda'), { message: /are of commit f2c39fe2f, the runtime is of abcdef012/ })
  const wheel = path.join(folder, '../next.whl')
  await writeFile(wheel, wheelBytes({ commit: 'abcdef012' }))
  t.like(await installProviders(next, { wheel }), { commit: 'abcdef012', from: 'next.whl' })
  await t.notThrowsAsync(mustFit(next, 'cuda'))
})

here('what is written in the place of a record removes nothing else', async (t) => {
  const { folder, runtime } = await place(t)
  await writeFile(path.join(folder, 'onnxruntime_binding.node'), 'x')
  const sha256 = { 'onnxruntime_binding.node': createHash('sha256').update('x').digest('hex'), '../other': '00' }
  await writeFile(path.join(folder, 'onnxruntime-providers.json'), JSON.stringify({ version, commit, from: 'w.whl', sha256 }))
  await removeProviders(runtime).catch(() => undefined)
  t.deepEqual(await namesIn(folder), ['onnxruntime_binding.node'])
})
