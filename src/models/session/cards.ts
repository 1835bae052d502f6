/** NVIDIA's cards, as the driver counts them: in the order that CUDA numbers them, of those that CUDA_VISIBLE_DEVICES shows. */

import { readdirSync, readFileSync } from 'node:fs'
import { type Koffi, keepLoaded, loadKoffi } from '../../core/host/native.js'
import { Lacking } from './lacking.js'
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
  const driver = await driverOf(file)
  const must = (what: string, code: number) => {
    const { is, cure } = words[code] ?? { is: 'unknown to us', cure: anyCard }
    if (code !== 0) throw new Lacking(`NVIDIA's driver has no GPU: ${what} says ${code} (${is})`, cure)
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

/** The CUDA that the driver is for, as 13.1; null where it does not say. Throws as `nvidiaCards` where there is none. */
export async function driverCuda(): Promise<number | null> {
  const ask = (await driverOf(drivers[process.platform])).func('int cuDriverGetVersion(_Out_ int *version)')
  const said = [0]
  // 13010 is 13.1.
  return ask(said) === 0 && said[0]! > 0 ? Math.floor(said[0]! / 1000) + Math.floor((said[0]! % 1000) / 10) / 10 : null
}

async function driverOf(file: string | undefined): Promise<ReturnType<Koffi['load']>> {
  if (file === undefined) throw new Lacking(`there is no CUDA for ${process.platform}`, 'Linux or Windows')
  const koffi = await loadKoffi()
  if (koffi === undefined) throw new Lacking('the package koffi, which calls the driver, is not installed', 'npm install koffi')
  try {
    const driver = koffi.load(file)
    keepLoaded(koffi, file)
    return driver
  } catch (cause) {
    throw noDriver(file, seesCard(), cause)
  }
}

const anyCard = "an NVIDIA GPU and NVIDIA's driver for it"
const container = 'in a container: start it with the GPU (docker run --gpus all …)'

/** `seen`: whether the machine has a card of NVIDIA's; null: unknown. */
export function noDriver(file: string, seen: boolean | null, cause?: unknown): Lacking {
  if (seen === false) return new Lacking(`there is no NVIDIA GPU, nor its driver (${file})`, anyCard, { cause })
  const card = seen === true ? 'a GPU of NVIDIA is here, and ' : ''
  return new Lacking(`${card}NVIDIA's driver (${file}) is not here, or does not load`, `NVIDIA's driver; ${container}`, { cause })
}

/** As the system lists what is plugged in: vendor 10de, class 03 (display); null where it lists nothing. */
export function seesCard(root = '/sys/bus/pci/devices'): boolean | null {
  try {
    const is = (name: string, what: string, begins: string) => readFileSync(`${root}/${name}/${what}`, 'utf8').startsWith(begins)
    return readdirSync(root).some((name) => is(name, 'vendor', '0x10de') && is(name, 'class', '0x03'))
  } catch {
    return null
  }
}

const words: Readonly<Record<number, { readonly is: string; readonly cure: string }>> = {
  3: { is: 'not initialized', cure: anyCard },
  34: { is: 'a stub is loaded in the place of the driver', cure: 'take the folder "stubs" of the CUDA toolkit out of LD_LIBRARY_PATH' },
  100: { is: 'no device', cure: `a GPU that CUDA_VISIBLE_DEVICES shows; ${container}` },
  803: { is: 'the library is of another version than the driver', cure: 'restart the machine: the driver was updated' },
  804: { is: 'the driver does not know this library of another version', cure: "take NVIDIA's package cuda-compat out of LD_LIBRARY_PATH" },
  999: { is: 'unknown error', cure: "restart the machine, or load NVIDIA's module again: modprobe -r nvidia_uvm && modprobe nvidia_uvm" },
}

/** The card of that number. Throws, in words, when it is not there. */
export async function nvidiaCard(ordinal: number): Promise<NvidiaCard> {
  const cards = await nvidiaCards()
  const card = cards[ordinal]
  if (card) return card
  const shown = cards.map(({ name, bytes }, i) => `${i}: ${name}, ${sizeText(bytes)}`).join('; ')
  const hidden = process.env.CUDA_VISIBLE_DEVICES === undefined ? '' : ` (CUDA_VISIBLE_DEVICES=${process.env.CUDA_VISIBLE_DEVICES})`
  throw new Lacking(
    `there is no GPU ${ordinal}: ${cards.length === 0 ? 'the driver shows none' : `the driver shows ${shown}`}${hidden}`,
    'the number of a GPU that the driver shows',
  )
}
