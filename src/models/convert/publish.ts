/** Puts a model where it is found: made and tried in a folder aside, then renamed. A model that was there before goes last. */

import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ModelCard } from '../../core/model.js'
import { readCard } from '../card.js'
import { type CardFacts, cardText } from './card-text.js'
import { tryModel } from './try-model.js'

export interface PublishOptions {
  readonly signal?: AbortSignal
  /** What is done now, in words. */
  readonly onStep?: (what: string) => void
}

/** `make` writes the ONNX file into the folder it is given and answers what the card says. `aside` is a path beside which nothing is looked for. */
export async function publishModel(
  place: string,
  aside: string,
  { signal, onStep }: PublishOptions,
  make: (folder: string) => Promise<CardFacts>,
): Promise<ModelCard> {
  const fresh = `${aside}.new`
  const old = `${aside}.old`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true })
  try {
    const facts = await make(fresh)
    const write = (card: CardFacts) => writeFile(path.join(fresh, 'model.yml'), cardText(card), { flush: true })
    await write(facts)
    onStep?.('trying it')
    await write({ ...facts, test: await tryModel(await readCard(fresh)) })
    signal?.throwIfAborted()
    await mkdir(path.dirname(place), { recursive: true })
    await rm(old, { recursive: true, force: true })
    await rename(place, old).catch(ignoreAbsent)
    await rename(fresh, place)
    await rm(old, { recursive: true, force: true })
    return await readCard(place)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
