/**
 * A PyTorch file of weights. Two formats:
 *
 *     zip (since 1.6):  NAME/data.pkl   NAME/data/0   NAME/data/1   …   NAME/version
 *     legacy:           pickle: magic │ pickle: 1001 │ pickle: facts of the machine │ pickle: the dict │ pickle: list of storage keys │
 *                       then, per key: int64 number of elements, and the elements
 */

import { ModelError } from '../../core/errors.js'
import type { WeightBytes } from './bytes.js'
import { readPickle } from './pickle.js'
import { bytesOf, type StateDict, unreadable } from './tensors.js'
import { settingsIn, tensorsIn } from './torch-dict.js'
import { type ReadStorage, type Storage, storageOf, torchNames } from './torch-pickle.js'
import { openArchive } from './zip.js'

/** The pickle of the largest network here has 0.3 MB; 10,000 tensors have 2 MB. */
const largestPickle = 64 * 1024 * 1024
const magic = 0x1950a86a20f9469cfc6cn

export async function openTorchZip(path: string): Promise<StateDict> {
  const archive = await openArchive(path)
  try {
    const pickled = [...archive.sizes.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name))
    const [name] = pickled
    if (
      name === undefined &&
      [...archive.sizes.keys()].some((one) => /(^|\/)(archive_format|serialized_exported_program\.json)$/.test(one))
    )
      throw new ModelError('PICKLE_REFUSED', `${path} is a program of torch.export, not a state dict`, {
        hint: 'in Python: torch.onnx.export(torch.export.load(file).module(), …), and tiastream models import of that; or torch.save(torch.export.load(file).state_dict, …)',
      })
    if (name === undefined || pickled.length > 1)
      throw unreadable(`${path} is a zip archive but holds no PyTorch weights (one folder with data.pkl)`)
    const folder = name.slice(0, -'data.pkl'.length)
    if (archive.sizes.has(`${folder}constants.pkl`)) {
      throw new ModelError('PICKLE_REFUSED', `${path} is a TorchScript program, not a state dict`, {
        hint: 'in Python: torch.save(torch.jit.load(file).state_dict(), …)',
      })
    }
    if (archive.sizes.get(name)! > largestPickle)
      throw unreadable(`${path}: ${name} has ${archive.sizes.get(name)} bytes, far more than a state dict needs`)
    if (archive.sizes.has(`${folder}byteorder`) && (await archive.read(`${folder}byteorder`)).toString() !== 'little') {
      throw unreadable(`${path} was saved on a big-endian machine`)
    }
    // several tensors may share a storage, one after the other: the last one is kept
    let last: { key: string; bytes: Buffer } | null = null
    const read: ReadStorage = async ({ key, type }, from, count) => {
      if (last?.key !== key) last = { key, bytes: await archive.read(`${folder}data/${key}`) }
      return last.bytes.subarray(from * bytesOf[type], (from + count) * bytesOf[type])
    }
    const persistent = (id: unknown): Storage => {
      const storage = storageOf(id, path)
      const size = archive.sizes.get(`${folder}data/${storage.key}`)
      if (size !== storage.elements * bytesOf[storage.type]) {
        throw unreadable(
          `${path}: storage ${storage.key} should have ${storage.elements} × ${bytesOf[storage.type]} bytes but has ${size ?? 'none'}`,
        )
      }
      return storage
    }
    const { value } = readPickle(await archive.read(name), { subject: path, names: torchNames(path, read), persistent })
    return {
      subject: path,
      format: 'torch zip',
      tensors: tensorsIn(value, path),
      settings: settingsIn(value),
      close: async () => archive.close(),
    }
  } catch (error) {
    archive.close()
    throw error
  }
}

export async function openTorchLegacy(bytes: WeightBytes): Promise<StateDict> {
  const { subject } = bytes
  const places = new Map<string, { at: number; storage: Storage }>()
  const storages = new Map<string, Storage>()
  const read: ReadStorage = async ({ key, type }, from, count) => {
    const place = places.get(key)!
    return bytes.read(place.at + from * bytesOf[type], count * bytesOf[type])
  }
  const persistent = (id: unknown): Storage => {
    const storage = storageOf(id, subject)
    storages.set(storage.key, storage)
    return storage
  }
  const names = torchNames(subject, read)
  const head = await bytes.read(0, Math.min(bytes.size, largestPickle))
  let at = 0
  const next = (): unknown => {
    const { value, length } = readPickle(head.subarray(at), { subject, names, persistent })
    at += length
    return value
  }
  if (next() !== magic || next() !== 1001) throw unreadable(`${subject} is no PyTorch file: it lacks the magic number`)
  const machine = next()
  if (machine instanceof Map && machine.get('little_endian') === false) throw unreadable(`${subject} was saved on a big-endian machine`)
  const value = next()
  const keys = next()
  if (!Array.isArray(keys)) throw unreadable(`${subject} has no list of storages`)
  for (const key of keys.map(String)) {
    const storage = storages.get(key)
    if (!storage) throw unreadable(`${subject} has a storage ${key} that no tensor uses`)
    const elements = Number((await bytes.read(at, 8)).readBigInt64LE())
    const size = elements * bytesOf[storage.type]
    if (elements !== storage.elements || at + 8 + size > bytes.size) {
      throw unreadable(
        `${subject}: storage ${key} should have ${storage.elements} elements but has ${elements}, or the file is cut off at ${bytes.size} bytes`,
      )
    }
    places.set(key, { at: at + 8, storage })
    at += 8 + size
  }
  for (const key of storages.keys()) if (!places.has(key)) throw unreadable(`${subject} lacks storage ${key}`)
  return { subject, format: 'torch legacy', tensors: tensorsIn(value, subject), settings: settingsIn(value), close: () => bytes.close() }
}
