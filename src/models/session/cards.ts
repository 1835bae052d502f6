/** NVIDIA's cards, as the driver counts them: in the order that CUDA numbers them, of those that CUDA_VISIBLE_DEVICES shows. */

import { keepLoaded, loadKoffi } from '../../core/native.js'
import { sizeText } from './on-card.js'

export interface NvidiaCard {
  readonly name: string
  readonly bytes: number
}

const drivers: Readonly<Record<string, string>> = { linux: 'libcuda.so.1', win32: 'nvcuda.dll' }

let counting: Promise<readonly NvidiaCard[]> | undefined

/** Throws in one sentence why there is none. */
export function nvidiaCards(): Promise<readonly NvidiaCard[]> {
  counting ??= count(drivers[process.platform])
  return counting
}

async function count(file: string | undefined): Promise<readonly NvidiaCard[]> {
  if (file === undefined) throw new Error(`there is no CUDA for ${process.platform}`)
  const koffi = await loadKoffi()
  if (koffi === undefined) throw new Error('the package koffi, which calls the driver, is not installed: npm install koffi')
  const driver = loaded(() => koffi.load(file), file)
  keepLoaded(koffi, file)
  const must = (what: string, code: number) => {
    if (code !== 0) throw new Error(`NVIDIA's driver has no card: ${what} says ${code}${words[code] ?? ''}`)
  }
  must('cuInit', driver.func('int cuInit(unsigned int flags)')(0))
  const some = [0]
  must('cuDeviceGetCount', driver.func('int cuDeviceGetCount(_Out_ int *count)')(some))
  const get = driver.func('int cuDeviceGet(_Out_ int *device, int ordinal)')
  const nameOf = driver.func('int cuDeviceGetName(char *name, int length, int device)')
  const bytesOf = driver.func('int cuDeviceTotalMem_v2(_Out_ size_t *bytes, int device)')
  return Array.from({ length: some[0]! }, (_, ordinal) => {
    const device = [0]
    const name = Buffer.alloc(256)
    const bytes = [0]
    must('cuDeviceGet', get(device, ordinal))
    must('cuDeviceGetName', nameOf(name, name.length, device[0]))
    must('cuDeviceTotalMem', bytesOf(bytes, device[0]))
    return { name: name.toString('utf8', 0, name.indexOf(0)), bytes: Number(bytes[0]) }
  })
}

function loaded<T>(load: () => T, file: string): T {
  try {
    return load()
  } catch (cause) {
    throw new Error(`NVIDIA's driver (${file}) is not here, or does not load`, { cause })
  }
}

const words: Readonly<Record<number, string>> = {
  3: ' (not initialized)',
  100: ' (no device)',
  803: ' (the library is of another version than the driver: restart after an update)',
  999: ' (unknown error)',
}

/** The card of that number. Throws, in words, when it is not there. */
export async function nvidiaCard(ordinal: number): Promise<NvidiaCard> {
  const cards = await nvidiaCards()
  const card = cards[ordinal]
  if (card) return card
  const shown = cards.map(({ name, bytes }, i) => `${i}: ${name}, ${sizeText(bytes)}`).join('; ')
  const hidden = process.env.CUDA_VISIBLE_DEVICES === undefined ? '' : ` (CUDA_VISIBLE_DEVICES=${process.env.CUDA_VISIBLE_DEVICES})`
  throw new Error(`there is no card ${ordinal}: ${cards.length === 0 ? 'the driver shows none' : `the driver shows ${shown}`}${hidden}`)
}
