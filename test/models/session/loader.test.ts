/** Libraries are looked up as the loader of Linux does, and what CUDA lacks is told by name. */

import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { libraryFile } from '../../../src/models/session/capi/library.js'
import { lackOfLibraries } from '../../../src/models/session/capi/missing.js'
import { readElf } from '../../../src/models/session/elf.js'
import { entriesIn, ldCache } from '../../../src/models/session/ld-cache.js'
import { absentOf, loaderFind } from '../../../src/models/session/loader.js'
import { type ElfParts, elfFile } from '../elf-file.js'
import { scratch } from '../folder.js'

const onLinux = process.platform === 'linux' ? test : test.skip

/** Libraries in folders of one. */
async function laid(t: ExecutionContext, files: Readonly<Record<string, ElfParts>>): Promise<string> {
  const folder = await scratch(t)
  for (const [name, parts] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), elfFile(parts))
  }
  return folder
}

/** A list as ldconfig writes it; `old`: after the one of older systems. */
function cache(pairs: readonly (readonly [string, string])[], old = false): Buffer {
  const before = old ? Buffer.alloc(16 + 12 + 4) : Buffer.alloc(0)
  if (old) {
    before.write('ld.so-1.7.0\0', 'latin1')
    before.writeUInt32LE(1, 12)
  }
  const head = Buffer.alloc(48)
  head.write('glibc-ld.so.cache1.1', 'latin1')
  head.writeUInt32LE(pairs.length, 20)
  const texts: Buffer[] = []
  let at = 48 + pairs.length * 24
  const put = (text: string) => {
    texts.push(Buffer.from(`${text}\0`))
    at += text.length + 1
    return at - text.length - 1
  }
  const entries = pairs.map(([name, file]) => {
    const entry = Buffer.alloc(24)
    entry.writeUInt32LE(put(name), 4)
    entry.writeUInt32LE(put(file), 8)
    return entry
  })
  return Buffer.concat([before, head, ...entries, ...texts])
}

test('the list of ldconfig is read, after an older one, too; what is damaged is left out', (t) => {
  const pairs = [
    ['liba.so.1', '/x/liba.so.1'],
    ['libb.so', '/y/libb.so'],
    ['liba.so.1', '/z/liba.so.1'],
  ] as const
  for (const old of [false, true])
    t.deepEqual(Object.fromEntries(entriesIn(cache(pairs, old))), {
      'liba.so.1': ['/x/liba.so.1', '/z/liba.so.1'],
      'libb.so': ['/y/libb.so'],
    })
  const whole = cache(pairs)
  for (let length = 0; length < whole.length; length += 5) t.true(entriesIn(whole.subarray(0, length)).size <= 2)
  const huge = Buffer.from(whole)
  huge.writeUInt32LE(2 ** 32 - 1, 20)
  huge.writeUInt32LE(2 ** 32 - 1, 48 + 4)
  t.true(entriesIn(huge).size <= 2)
})

onLinux('the list of this system has libraries that are there', async (t) => {
  if (!existsSync('/etc/ld.so.cache')) return t.pass('this system has none')
  const files = (await ldCache()).get('libc.so.6')!
  t.true(files.some((file) => readElf(file).arch === process.arch))
  // All that npm's runtime asks for, and these in their turn.
  t.deepEqual(absentOf(libraryFile(undefined), await loaderFind(process.env)), [])
})

onLinux('the order is that of the loader: RPATH, LD_LIBRARY_PATH, RUNPATH; what is for another processor is passed over', async (t) => {
  const other = process.arch === 'arm64' ? 62 : 183
  const folder = await laid(t, {
    'given/liba.so': {},
    'run/liba.so': {},
    'given/libb.so': { machine: other },
    'run/libb.so': {},
    'new/asks.so': { needed: ['liba.so', 'libb.so', 'libz-not-here.so'], runpath: '$ORIGIN/../run' },
    'old/asks.so': { needed: ['liba.so'], rpath: `\${ORIGIN}/../run` },
  })
  const find = await loaderFind({ LD_LIBRARY_PATH: path.join(folder, 'given') })
  const from = (name: string, asker: string) => {
    const file = path.join(folder, asker)
    const found = find(name, { file, elf: readElf(file) })
    return found === null ? null : path.relative(folder, found)
  }
  t.is(from('liba.so', 'new/asks.so'), 'given/liba.so')
  t.is(from('libb.so', 'new/asks.so'), 'run/libb.so')
  t.is(from('liba.so', 'old/asks.so'), 'run/liba.so')
  t.is(from('libz-not-here.so', 'new/asks.so'), null)
  t.deepEqual(absentOf(path.join(folder, 'new/asks.so'), find), [{ name: 'libz-not-here.so', by: 'asks.so' }])
})

onLinux('libraries that ask for each other are looked at once', async (t) => {
  const folder = await laid(t, {
    'liba.so': { needed: ['libb.so'], runpath: '$ORIGIN' },
    'libb.so': { needed: ['liba.so', 'libc-gone.so'], runpath: '$ORIGIN' },
  })
  t.deepEqual(absentOf(path.join(folder, 'liba.so'), await loaderFind({})), [{ name: 'libc-gone.so', by: 'libb.so' }])
})

const provider = 'libonnxruntime_providers_cuda.so'
/** As `readelf -d` says of the provider of PyPI's 1.30, and of one for CUDA 12. */
const asks = (cuda: number) => [`libcublasLt.so.${cuda}`, `libcublas.so.${cuda}`, 'libcurand.so.10', `libcudart.so.${cuda}`, 'libcuda.so.1']

async function lackOf(t: ExecutionContext, cuda: number, here: readonly string[], driver: number | null = cuda) {
  const files = { [provider]: { needed: asks(cuda), runpath: '$ORIGIN' }, ...Object.fromEntries(here.map((name) => [name, {}])) }
  const folder = await laid(t, files)
  // Not the libraries of this machine: one may have CUDA.
  const find = (name: string) => (here.includes(name) ? path.join(folder, name) : null)
  return lackOfLibraries(path.join(folder, provider), find, driver)
}

onLinux('what CUDA lacks is told by name, with the packages that bring it for the CUDA that the provider was built for', async (t) => {
  const all = await lackOf(t, 13, [])
  t.is(
    all!.message,
    `libcublasLt.so.13, libcublas.so.13, libcurand.so.10, libcudart.so.13 and libcudnn.so.9 are not found: ${provider} is built for CUDA 13`,
  )
  const brought = "'nvidia-cublas~=13.0' 'nvidia-curand~=10.4' 'nvidia-cuda-runtime~=13.0' 'nvidia-cudnn-cu13~=9.0'"
  t.is(all!.cure, `pip install ${brought}, in a Python environment that is active`)
  const old = await lackOf(t, 12, ['libcurand.so.10', 'libcudart.so.12'])
  t.is(old!.cure, "pip install nvidia-cublas-cu12 'nvidia-cudnn-cu12~=9.0', in a Python environment that is active")
  // By the first convolution, and by no entry of the provider.
  const dnn = await lackOf(t, 13, asks(13))
  t.regex(dnn!.message, /^libcudnn\.so\.9 is not found/)
  t.is(await lackOf(t, 13, [...asks(13), 'libcudnn.so.9']), null)
  const unnumbered = path.join(await laid(t, { [provider]: {} }), provider)
  t.is(lackOfLibraries(unnumbered, () => null, null)!.message, `libcudnn.so.9 is not found: ${provider} is built for another machine`)
})

onLinux('another CUDA that is here is named, and a driver that is too old', async (t) => {
  const other = await lackOf(t, 13, ['libcudart.so.12', 'libcublas.so.12', 'libcudnn.so.9'])
  t.regex(other!.message, /is built for CUDA 13, and CUDA 12 is here$/)
  const driver = await lackOf(t, 13, [...asks(13), 'libcudnn.so.9'], 12.8)
  t.is(driver!.message, `NVIDIA's driver is for CUDA 12.8 and older, and ${provider} is built for CUDA 13`)
  t.regex(driver!.cure, /580 or later/)
  t.is(await lackOf(t, 12, [...asks(12), 'libcudnn.so.9'], 13.1), null)
})
