/** A model's folder, made aside and renamed when it is whole: nobody ever finds half a model. It is opened, and asked once, before. */

import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder } from '../../core/files/make-folder.js'
import { partialOf, swapFolders } from '../../core/files/may-replace.js'
import type { ModelCard, ModelTest } from '../../core/model.js'
import { readCard } from '../../models/card/card.js'
import { openModel } from '../../models/session/open.js'
import { mustSee } from '../sees.js'
import { makeTest } from '../test-vector.js'
import { mayReplace } from './may-replace.js'

export interface PublishFolder {
  /** Folder to make, absolute. */
  readonly out: string
  /** Replace the model that is there. */
  readonly force: boolean
  /** Files and folders that are read: never replaced. */
  readonly reads: readonly string[]
  /** How far an answer to the test vector may be off elsewhere. */
  readonly tolerance: number
  /** Puts `model.onnx` into the folder; the text of the card, when it has been told the test vector. */
  readonly make: (folder: string) => Promise<(test?: ModelTest) => string>
}

const seed = 1
/** A card is a page: an answer of more numbers than this is no part of its test. */
const widest = 4096

/** Throws MODEL_EXISTS, or whatever is wrong with the model. */
export async function publishFolder({ out, force, reads, tolerance, make }: PublishFolder): Promise<ModelCard> {
  await mayReplace(out, force, reads)
  await makeFolder(path.dirname(out))
  const aside = partialOf(out)
  try {
    await mkdir(aside)
    const text = await make(aside)
    const write = (test?: ModelTest) => writeFile(path.join(aside, 'model.yml'), text(test), { flush: true })
    await write()
    await write(await testOf(await readCard(aside), tolerance))
    await mayReplace(out, force, reads)
    await swapFolders(aside, out)
    return await readCard(out)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

async function testOf(card: ModelCard, tolerance: number): Promise<ModelTest> {
  const model = await openModel(card, { devices: ['cpu'] })
  try {
    const test = await makeTest(model, seed, tolerance)
    await mustSee(model, test.expected)
    return { ...test, expected: Object.fromEntries(Object.entries(test.expected).filter(([, row]) => row.length <= widest)) }
  } finally {
    await model.close()
  }
}
