/**
 * A model that lies on a server: its card, its graph and the tensors beside it are fetched into a folder of this machine, once in each of their states. The
 * folder is bounded: the models that were not used for longest go. Only this user may look into it.
 */

import { createHash } from 'node:crypto'
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { schemeOf, withoutSecrets } from '../../core/address.js'
import { ModelError, SlideError } from '../../core/errors.js'
import { succeeds } from '../../core/succeeds.js'
import { inspectOnnx } from '../onnx/inspect-onnx.js'
import { decodeModel, largestModel } from '../onnx/schema.js'
import { cardFiles, formOf } from './card.js'
import { parseYaml } from './yaml.js'

const [cardName] = cardFiles
const mostCard = 2 * 2 ** 20
/** Files of tensors beside a graph. */
const mostBeside = 64
/** Of all models that are kept. */
const mostBytes = 32 * 2 ** 30

interface Fetched {
  /** In the folder of the model. */
  readonly name: string
  /** Whose name says which address in which state it is. */
  readonly file: string
}

/**
 * The folder on this machine; `address` is that of the folder on the server. Who asks is found out as for slides, by the environment. Throws the reason of the signal, or ModelError:
 * MODEL_MISSING, DOWNLOAD_REFUSED, DOWNLOAD_FAILED, CARD_INVALID, NOT_ONNX or EXTERNAL_DATA.
 */
export async function fetchModel(address: string, signal?: AbortSignal): Promise<string> {
  mustBePlain(address)
  const base = address.replace(/\/*$/, '/')
  const fetchFile = (name: string, most: number) => fetched({ base, name, most, signal })
  const card = await fetchFile(cardName, mostCard)
  const text = await bytesIn(card, mostCard, base)
  const { file } = formOf(parseYaml(`${text}`, base + cardName), base + cardName)
  if (file !== path.posix.basename(file) || file.includes('\\'))
    throw new ModelError('CARD_INVALID', `${base}${cardName}: file '${file}' is not in the model's folder`)
  const graph = await fetchFile(file, largestModel)
  const { externalFiles } = inspectOnnx(decodeModel(await bytesIn(graph, largestModel, base), base + file))
  mustLieBeside(externalFiles, base + file)
  return keep([card, graph, ...(await Promise.all(externalFiles.map((name) => fetchFile(name, mostBytes))))])
}

function mustBePlain(address: string): void {
  const shown = withoutSecrets(address)
  const refuse = (why: string, hint: string) => new ModelError('DOWNLOAD_REFUSED', `the model ${shown} ${why}`, { hint })
  if (shown !== address)
    throw refuse('is signed, and the address of a model is written down', 'let the environment say who asks, as for slides in buckets')
  if (schemeOf(address) === 'dicomweb')
    throw refuse('lies on a DICOMweb server, which has none', 'name a folder, or an address of its folder')
  if (/\.(?:onnx|ya?ml)$/i.test(address))
    throw refuse('is one file', `a model is a folder with ${cardName}: name the address of the folder`)
}

/** As `readOnnx` asks of files on a disk; what they are is looked at when they are read. */
function mustLieBeside(names: readonly string[], graph: string): void {
  const wrong = names.find(
    (name) => name === '' || /\\|^\/|^[a-z]:|\0/i.test(name) || name.split('/').some((step) => /^\.{0,2}$/.test(step)),
  )
  const hint = 'save the model again with its data beside it, or in one file'
  if (wrong !== undefined)
    throw new ModelError('EXTERNAL_DATA', `${graph} keeps tensors in '${wrong}', which does not lie beside it`, { hint })
  if (names.length > mostBeside)
    throw new ModelError('EXTERNAL_DATA', `${graph} keeps tensors in ${names.length} files, more than ${mostBeside}`, { hint })
}

interface Wanted {
  /** Address of the folder, with its slash. */
  readonly base: string
  readonly name: string
  /** Bytes. */
  readonly most: number
  readonly signal: AbortSignal | undefined
}

async function fetched({ base, name, most, signal }: Wanted): Promise<Fetched> {
  const { download } = await import('../../remote/download.js')
  const at = base + (schemeOf(base) === 'http' ? name.split('/').map(encodeURIComponent).join('/') : name)
  try {
    return { name, file: (await download(at, undefined, { file: most, signal })).file }
  } catch (cause) {
    if (!(cause instanceof SlideError)) throw cause
    const { code, message } = cause
    const hint = cause.hint === undefined ? {} : { hint: cause.hint }
    if (code === 'SLIDE_MISSING')
      throw new ModelError('MODEL_MISSING', `there is no model at ${base}: ${message}`, {
        hint: `a model is a folder with ${cardName}`,
        cause,
      })
    const refused = code === 'SLIDE_FORBIDDEN' || code === 'SLIDE_TOO_LARGE'
    throw new ModelError(refused ? 'DOWNLOAD_REFUSED' : 'DOWNLOAD_FAILED', message, { ...hint, cause })
  }
}

async function bytesIn({ name, file }: Fetched, most: number, base: string): Promise<Buffer> {
  const { size } = await stat(file)
  if (size <= most) return readFile(file)
  throw new ModelError('DOWNLOAD_REFUSED', `${base}${name} has ${size} bytes, more than the ${most} that it may have`)
}

/** In a folder of its own, under their names. The same files in the same state are there already. */
async function keep(files: readonly Fetched[]): Promise<string> {
  const { cacheFolder } = await import('../../remote/download.js')
  const all = path.join(cacheFolder(), 'models')
  const key = createHash('sha256').update(JSON.stringify(files.map(({ name, file }) => [name, path.basename(file)])))
  const folder = path.join(all, key.digest('hex'))
  const touched = await succeeds(utimes(folder, new Date(), new Date()))
  if (touched) return folder
  const partial = `${folder}.${process.pid}.${Math.random().toString(36).slice(2)}.partial`
  try {
    for (const { name, file } of files) {
      const place = path.join(partial, ...name.split('/'))
      await mkdir(path.dirname(place), { recursive: true, mode: 0o700 })
      // No bytes twice, where the disk knows links.
      await link(file, place).catch(() => copyFile(file, place))
    }
    await rename(partial, folder).catch((error: NodeJS.ErrnoException) => {
      // Another process was first.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  await makeRoom(all, folder)
  return folder
}

/** One that is open is read on by whoever has it open. What is not ours stays: a folder of models may be called so, too. */
async function makeRoom(all: string, keep: string): Promise<void> {
  const { isKept } = await import('../../remote/download.js')
  const found = await Promise.all(
    (await readdir(all)).filter(isKept).map(async (name) => {
      const folder = path.join(all, name)
      const sizes = await Promise.all(
        (await readdir(folder, { recursive: true }).catch(() => [])).map((file) =>
          stat(path.join(folder, file)).then(
            ({ size }) => size,
            () => 0,
          ),
        ),
      )
      const used = (await stat(folder).catch(() => null))?.mtimeMs ?? 0
      return { folder, used, bytes: sizes.reduce((sum, size) => sum + size, 0) }
    }),
  )
  let bytes = found.reduce((sum, one) => sum + one.bytes, 0)
  for (const one of found.sort((a, b) => a.used - b.used)) {
    if (bytes <= mostBytes) return
    if (one.folder === keep) continue
    await rm(one.folder, { recursive: true, force: true }).catch(() => undefined)
    bytes -= one.bytes
  }
}
