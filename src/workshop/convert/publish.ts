/** Puts a model where it is found: made and tried in a folder aside, then renamed. A model that was there before goes last. */

import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder } from '../../core/files/make-folder.js'
import { swapFolders } from '../../core/files/may-replace.js'
import type { ModelCard } from '../../core/model.js'
import { readCard } from '../../models/card/card.js'
import { mayReplace } from '../own/may-replace.js'
import { type CardFacts, cardText } from './card-text.js'
import { tryModel } from './try-model.js'

export interface PublishOptions {
  /** Files that are read: never replaced. */
  readonly reads?: readonly string[]
  readonly signal?: AbortSignal
  /** What is done now, in words. */
  readonly onStep?: (what: string) => void
}

/** `make` writes the ONNX file into the folder it is given and answers what the card says. `aside` is a path beside which nothing is looked for. */
export async function publishModel(
  place: string,
  aside: string,
  { signal, onStep, reads = [], force = false }: PublishOptions & { readonly force?: boolean },
  make: (folder: string) => Promise<CardFacts>,
): Promise<ModelCard> {
  const fresh = `${aside}.new`
  await mayReplace(place, force, reads)
  await rm(fresh, { recursive: true, force: true })
  await makeFolder(fresh)
  try {
    const facts = await make(fresh)
    const write = (card: CardFacts) => writeFile(path.join(fresh, 'model.yml'), cardText(card), { flush: true })
    await write(facts)
    onStep?.('trying it')
    await write({ ...facts, test: await tryModel(await readCard(fresh)) })
    signal?.throwIfAborted()
    await makeFolder(path.dirname(place))
    await mayReplace(place, force, reads)
    await swapFolders(fresh, place)
    return await readCard(place)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}
