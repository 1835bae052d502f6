/**
 * Fetches a pretrained model: weights from the first source that has them, converted, tried with onnxruntime, and only then put
 * where models are found. Nothing half-made ever lies there.
 */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ModelError, recordOf } from '../../core/errors.js'
import { type Release, takeLockFile } from '../../core/files/lock-file.js'
import { makeFolder } from '../../core/files/make-folder.js'
import type { ModelCard } from '../../core/model.js'
import { cacheFolder } from '../../models/card/find.js'
import type { CardFacts } from '../convert/card-text.js'
import { publishModel } from '../convert/publish.js'
import { openStateDict } from '../convert/state-dict.js'
import { toOnnx } from '../convert/to-onnx.js'
import { mayReplace } from '../own/may-replace.js'
import { type Downloaded, type DownloadOptions, download } from './download.js'
import { filled, pulledFolder, type ZooModel, zooModel } from './zoo.js'

export interface PullOptions extends DownloadOptions {
  /** A file of weights, or a URL of one, instead of the published sources. */
  readonly from?: string
  /** Tried before the published sources: a folder of `NAME.pth`, or a URL with `{name}`. */
  readonly mirror?: string
  /** Also give the head before softmax. */
  readonly logits?: boolean
  /** Also give the pooled features. */
  readonly features?: boolean
  /** Keep the weights beside the model. */
  readonly keep?: boolean
  /** What is done now, in words. */
  readonly onStep?: (what: string) => void
}

/** Pulls a model into the cache and answers its card. */
export async function pullModel(name: string, options: PullOptions = {}): Promise<ModelCard> {
  const model = await zooModel(name)
  const work = path.join(cacheFolder(), '.pulling')
  const file = path.join(work, `${name}.weights`)
  const local = options.from !== undefined && !/^https?:/i.test(options.from)
  // Whoever calls has asked whether a model is here.
  await mayReplace(pulledFolder(name), true, local ? [options.from!] : [])
  const release = await onlyOne(name, work)
  try {
    const weights = local ? await hashed(options.from!, options) : await fetchWeights(model, file, options)
    const card = await publishModel(
      pulledFolder(name),
      path.join(work, name),
      { ...options, force: true, reads: local ? [options.from!] : [] },
      (folder) => convert(model, local ? options.from! : file, folder, weights, options),
    )
    if (!local && options.keep) await rename(file, path.join(pulledFolder(name), 'weights'))
    return card
  } finally {
    if (!local) await rm(file, { force: true })
    await release()
  }
}

/** One pull of a model at a time. Throws PULL_BUSY. */
async function onlyOne(name: string, work: string): Promise<Release> {
  await makeFolder(work)
  const taken = await takeLockFile(path.join(work, `${name}.lock`))
  if ('release' in taken) return taken.release
  const { pid, host, since } = taken.holder
  throw new ModelError('PULL_BUSY', `${name} is being pulled by process ${pid} on ${host} since ${since}`, { hint: 'wait for it to end' })
}

async function convert(model: ZooModel, file: string, folder: string, from: Downloaded, options: PullOptions): Promise<CardFacts> {
  const { logits = false, features = false } = options
  options.onStep?.(`converting ${model.architecture}`)
  const weights = await openStateDict(file)
  try {
    const converted = await toOnnx(weights, {
      architecture: model.architecture,
      classes: model.classes.length,
      name: model.name,
      logits,
      features,
      // trained in TIAToolbox, whatever the names in the file: without the ReLU behind DenseNet
      finalRelu: false,
    })
    await writeFile(path.join(folder, 'model.onnx'), converted.bytes, { flush: true })
    return {
      name: model.name,
      about: model.about,
      licence: model.licence,
      source: from.url,
      size: model.size,
      at: model.at,
      classes: model.classes,
      sha256: createHash('sha256').update(converted.bytes).digest('hex'),
      ...(logits ? { logits: model.classes.length } : {}),
      ...(features ? { features: converted.features } : {}),
      facts: {
        architecture: model.architecture,
        parameters: converted.parameters,
        published_f1: model.f1,
        weights_format: weights.format,
        weights_bytes: from.bytes,
        weights_sha256: from.sha256,
      },
    }
  } finally {
    await weights.close()
  }
}

/** The first source that has the weights; all of what went wrong when none has. */
async function fetchWeights(model: ZooModel, file: string, options: PullOptions): Promise<Downloaded> {
  const sources = options.from !== undefined ? [options.from] : [...mirrored(model, options.mirror), ...model.sources]
  const failures: unknown[] = []
  for (const url of sources) {
    try {
      options.onStep?.(`fetching ${url}`)
      return await download(url, file, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      failures.push(error)
    }
  }
  const last = failures.at(-1)
  if (sources.length === 1 && last instanceof ModelError && last.code !== 'DOWNLOAD_FAILED') throw last
  throw new ModelError(
    'MODEL_UNREACHABLE',
    `${model.name} could not be fetched:${failures.map((error) => `\n  ${recordOf(error).message}`).join('')}`,
    {
      hint:
        `without internet here: fetch ${model.sources[0]} elsewhere, then run tiastream models pull ${model.name} --from FILE; ` +
        'or name a server that has it with --mirror URL. What was fetched so far is kept and taken up again',
      cause: last,
    },
  )
}

function mirrored({ name, architecture }: ZooModel, mirror: string | undefined): string[] {
  if (mirror === undefined) return []
  return [mirror.includes('{') ? filled(mirror, { name, network: architecture }) : `${mirror.replace(/\/+$/, '')}/${name}.pth`]
}

async function hashed(file: string, { sha256, onStep }: PullOptions): Promise<Downloaded> {
  const found = await stat(file).catch(() => null)
  if (!found?.isFile()) throw new ModelError('WEIGHTS_MISSING', `${file} is no file`, { hint: '--from takes a file of weights, or a URL' })
  onStep?.(`reading ${file}`)
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  const digest = hash.digest('hex')
  if (sha256 !== undefined && sha256 !== digest) throw new ModelError('HASH_MISMATCH', `${file} has the sha256 ${digest}, not ${sha256}`)
  return { bytes: found.size, sha256: digest, url: path.basename(file) }
}
