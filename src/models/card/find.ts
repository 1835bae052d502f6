/** Where models lie: beside the pipeline, in the package, in the cache, on a server. A name is a folder with a card. */

import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { isAddress } from '../../core/address.js'
import { pathGiven, shown } from '../../core/argument.js'
import { ModelError, PipelineError } from '../../core/errors.js'
import { folderOfEnv } from '../../core/files/folder-here.js'
import { homeFolder } from '../../core/host/user.js'
import { packageRoot } from '../../core/package-root.js'
import { nearest } from '../../core/text/nearest.js'
import { cardFiles } from './card.js'

/** Models that come with the package. */
export const bundledFolder = path.join(packageRoot, 'models')

/** Where pulled models are kept; TIASTREAM_MODELS names another place. The only place that reads it. */
export const cacheFolder = (): string =>
  path.resolve(folderOfEnv('TIASTREAM_MODELS') ?? path.join(homeFolder(), '.cache', 'tiastream', 'models'))

/** The folder of a model, absolute. `name` is a path relative to `folder` (the pipeline's; the current one unless given), a name in the package or the cache, or an address, which is asked until `signal`. */
export async function findModel(given: string | URL, from: string | URL = '.', signal?: AbortSignal): Promise<string> {
  const name = given instanceof URL ? pathGiven('findModel', given) : given
  if (typeof name !== 'string' || name === '')
    throw new PipelineError('OPTION_INVALID', `findModel takes the name of a model, and is given ${shown(given)}`, {
      hint: "write findModel('stain')",
    })
  const folder = pathGiven('findModel', from, 'the folder where paths start')
  if (isAddress(name)) return (await import('./fetch.js')).fetchModel(name, signal)
  const looked = placesOf(name, folder)
  for (const place of looked) if (await isModel(place)) return place
  for (const place of looked) await refuseBare(name, place)
  const near = nearest(path.basename(name), await knownNames(folder))
  throw new ModelError('MODEL_MISSING', `there is no model '${name}'${near === null ? '' : `, did you mean '${near}'?`}`, {
    hint: `a model is a folder with model.yml; ${wayTo(name) ?? `looked at ${looked.join(', ')}. ${pulled(path.basename(name))}`}`,
  })
}

/** How pretrained ones end is all that is known of them here. */
const pulled = (name: string): string =>
  /-(?:kather100k|pcam)$/.test(name)
    ? `A pretrained one is fetched with: tiastream models pull ${name}`
    : 'Pretrained ones are listed by: tiastream models list'

/** For the name of a file, which is no folder yet. */
function wayTo(name: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name))
    return 'this is an address: download the file, and make one of it with tiastream models import or convert'
  if (/\.onnx$/i.test(name)) return `one is made of an ONNX file with: tiastream models import ${name} --size … --at … --classes …`
  if (/\.(?:pth?|pt\.tar|ckpt|bin|safetensors)$/i.test(name)) return `one is made of weights with: tiastream models convert ${name}`
  if (/\.(?:h5|keras|pb|tflite|mlmodel|engine|pkl)$/i.test(name))
    return 'this file has to become ONNX first, and that a model with tiastream models import'
  return undefined
}

/** A folder with a graph but without a card is nearly a model: say what it lacks. */
async function refuseBare(name: string, place: string): Promise<void> {
  const graph = (await readdir(place).catch(() => [])).find((file) => file.endsWith('.onnx'))
  if (graph === undefined) return
  throw new ModelError('CARD_MISSING', `the model '${name}' has no card: ${place} holds ${graph}, but no model.yml`, {
    hint: `the card says size, resolution and classes; it is written with: tiastream models import ${path.join(place, graph)} --size … --at … --classes …`,
  })
}

/** `models/x` means the bundled `x` too, so that a pipeline reads the same inside and outside of the package. */
function placesOf(name: string, folder: string): string[] {
  const own = path.resolve(folder, name)
  const plain = name.replace(/^models\//, '')
  if (!/^[\w.-]+$/.test(plain) || /^\.+$/.test(plain)) return [own]
  return [...new Set([own, path.join(bundledFolder, plain), path.join(cacheFolder(), plain)])]
}

/** Names of the models in the package and the cache, sorted, each once. */
export async function installedModels(): Promise<readonly string[]> {
  const names = [...(await modelsIn(bundledFolder)), ...(await modelsIn(cacheFolder()))]
  return [...new Set(names)].sort()
}

async function knownNames(folder: string): Promise<readonly string[]> {
  return [...(await installedModels()), ...(await modelsIn(path.join(folder, 'models'))), ...(await modelsIn(folder))]
}

async function modelsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const names: string[] = []
  for (const entry of entries) if (await isModel(path.join(folder, entry.name))) names.push(entry.name)
  return names
}

async function isModel(folder: string): Promise<boolean> {
  for (const name of cardFiles) {
    const found = await stat(path.join(folder, name)).catch(() => null)
    if (found?.isFile()) return true
  }
  return false
}
