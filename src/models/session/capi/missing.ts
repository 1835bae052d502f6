/**
 * Why CUDA or TensorRT does not work here, found by looking at files: what the provider asks for is in its own entries. Asked for after
 * something failed, to say it by name: whether it works only a session can tell.
 */

import path from 'node:path'
import { driverCuda, nvidiaCard } from '../cards.js'
import { readElf } from '../elf.js'
import { Lacking } from '../lacking.js'
import { type Absent, absentOf, type Find, loaderFind } from '../loader.js'
import { nvidiaFiles } from './beside-python.js'
import { ortLibrary } from './library.js'
import { mustFit, providerFile } from './providers.js'

/** What is missing, or null where nothing is seen to be. Never throws. */
export async function lackOf(device: 'cuda' | 'tensorrt'): Promise<Lacking | null> {
  try {
    const library = await ortLibrary()
    await nvidiaCard(0)
    const cuda = await mustFit(library, device)
    if (process.platform !== 'linux') return null
    const find = await loaderFind(process.env, await nvidiaFiles(library.file, process.env))
    return lackOfLibraries(device === 'cuda' ? cuda : providerFile(path.dirname(library.file), device), find, await driverCuda())
  } catch (error) {
    return error instanceof Lacking ? error : null
  }
}

/** What a provider lacks of the libraries that it asks for. `driver`: the CUDA that NVIDIA's driver is for, as 13.1; null: unknown. */
export function lackOfLibraries(provider: string, find: Find, driver: number | null): Lacking | null {
  const elf = readElf(provider)
  const major = cudaOf(elf.needed)
  // cuDNN is asked for by the first convolution, by name: it is in no entry of the CUDA provider.
  const dnn = elf.needed.includes(cudnn) || find(cudnn, { file: provider, elf }) ? [] : [{ name: cudnn, by: path.basename(provider) }]
  const absent = [...absentOf(provider, find), ...dnn].filter(({ name }) => name !== driverLibrary)
  const needs = major === null ? null : oldestDriver[major]
  if (major !== null && driver !== null && Math.floor(driver) < major)
    return new Lacking(
      `NVIDIA's driver is for CUDA ${driver} and older, and ${path.basename(provider)} is built for CUDA ${major}`,
      `a newer driver of NVIDIA's${needs === undefined ? '' : ` (${needs} or later)`}, or, for CUDA ${Math.floor(driver)}: tiastream devices install cuda --wheel FILE, with one of the same version that is built for it`,
    )
  if (absent.length === 0) return null
  const other = major === null ? '' : otherCuda(major, find, { file: provider, elf })
  return new Lacking(`${absentWords(absent)}: ${path.basename(provider)} is built for ${cudaWords(major)}${other}`, cureOf(absent, major))
}

const cudnn = 'libcudnn.so.9'
const driverLibrary = 'libcuda.so.1'

/** The first driver of each for Linux (NVIDIA's release notes). */
const oldestDriver: Readonly<Record<number, string>> = { 12: '525', 13: '580' }

const cudaWords = (major: number | null): string => (major === null ? 'another machine' : `CUDA ${major}`)

/** Which CUDA a library is built for: these names have its number. (libcurand.so.10 is that of 11, 12 and 13.) */
export function cudaOf(needed: readonly string[]): number | null {
  const [number] = needed.flatMap((name) => /^lib(?:cudart|cublas|cublasLt|nvrtc)\.so\.(\d+)$/.exec(name)?.[1] ?? [])
  return number === undefined ? null : Number(number)
}

/** Another CUDA that is here does not help, and whoever installed it asks why. */
function otherCuda(major: number, find: Find, asker: Parameters<Find>[1]): string {
  const here = [11, 12, 13, 14].filter((one) => one !== major && find(`libcudart.so.${one}`, asker) !== null)
  return here.length === 0 ? '' : `, and CUDA ${here.join(' and ')} ${here.length > 1 ? 'are' : 'is'} here`
}

function absentWords(absent: readonly Absent[]): string {
  const names = absent.map(({ name }) => name)
  const last = names.pop()!
  return names.length === 0 ? `${last} is not found` : `${names.join(', ')} and ${last} are not found`
}

/** Which package of Python brings a library: until CUDA 12 their names end in -cu12, since 13 most have a version instead. */
const packages: readonly (readonly [RegExp, (major: number) => string])[] = [
  [/^libcudnn\w*\.so/, (major) => `nvidia-cudnn-cu${major}~=9.0`],
  [/^libcublas(?:Lt)?\.so/, (major) => (major < 13 ? `nvidia-cublas-cu${major}` : `nvidia-cublas~=${major}.0`)],
  [/^libcudart\.so/, (major) => (major < 13 ? `nvidia-cuda-runtime-cu${major}` : `nvidia-cuda-runtime~=${major}.0`)],
  [/^libnvrtc\w*\.so/, (major) => (major < 13 ? `nvidia-cuda-nvrtc-cu${major}` : `nvidia-cuda-nvrtc~=${major}.0`)],
  [/^libcurand\.so/, (major) => (major < 13 ? `nvidia-curand-cu${major}` : 'nvidia-curand~=10.4')],
  [/^libcufft\w*\.so/, (major) => (major < 13 ? `nvidia-cufft-cu${major}` : 'nvidia-cufft~=12.0')],
  [/^libnv(?:infer|onnxparser)\w*\.so\.10/, (major) => `tensorrt-cu${major}~=10.0`],
]

function cureOf(absent: readonly Absent[], major: number | null): string {
  const wanted = new Set<string>()
  const foreign: Absent[] = []
  for (const one of absent) {
    const entry = packages.find(([pattern]) => pattern.test(one.name))
    if (entry === undefined || major === null) foreign.push(one)
    else wanted.add(entry[1](major))
  }
  const pip = [...wanted].map((name) => (name.includes('~') ? `'${name}'` : name)).join(' ')
  return [
    ...(pip === '' ? [] : [`pip install ${pip}, in a Python environment that is active`]),
    ...(foreign.length === 0 ? [] : [`the packages of the system that hold ${foreign.map(({ name }) => name).join(', ')}`]),
  ].join('; and ')
}
