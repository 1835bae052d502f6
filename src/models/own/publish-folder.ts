/** A model's folder, made aside and renamed when it is whole: nobody ever finds half a model. It is opened, and asked once, before. */

import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import type { ModelCard, ModelTest } from '../../core/model.js'
import { readCard } from '../card.js'
import { openModel } from '../open.js'
import { makeTest } from '../test-vector.js'

export interface PublishFolder {
  /** Folder to make, absolute. */
  readonly out: string
  /** Replace what is there. */
  readonly force: boolean
  /** How far an answer to the test vector may be off elsewhere. */
  readonly tolerance: number
  /** Puts `model.onnx` into the folder; the text of the card, when it has been told the test vector. */
  readonly make: (folder: string) => Promise<(test?: ModelTest) => string>
}

const seed = 1
/** A card is a page: an answer of more numbers than this is no part of its test. */
const widest = 4096

/** Throws MODEL_EXISTS, or whatever is wrong with the model. */
export async function publishFolder({ out, force, tolerance, make }: PublishFolder): Promise<ModelCard> {
  await refuseExisting(out, force)
  const aside = path.join(path.dirname(out), `.${path.basename(out)}.new`)
  const old = path.join(path.dirname(out), `.${path.basename(out)}.old`)
  await rm(aside, { recursive: true, force: true })
  await mkdir(aside, { recursive: true })
  try {
    const text = await make(aside)
    const write = (test?: ModelTest) => writeFile(path.join(aside, 'model.yml'), text(test), { flush: true })
    await write()
    await write(await testOf(await readCard(aside), tolerance))
    await rm(old, { recursive: true, force: true })
    await rename(out, old).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    await rename(aside, out)
    await rm(old, { recursive: true, force: true })
    return await readCard(out)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

/** Asked early too, by whoever works long before a folder is made. */
export async function refuseExisting(out: string, force: boolean): Promise<void> {
  if (force || !(await stat(out).catch(() => null))) return
  throw new ModelError('MODEL_EXISTS', `${out} is there already`, { hint: 'name another folder, or say --force to replace it' })
}

async function testOf(card: ModelCard, tolerance: number): Promise<ModelTest> {
  const model = await openModel(card, { devices: ['cpu'] })
  try {
    const test = await makeTest(model, seed, tolerance)
    return { ...test, expected: Object.fromEntries(Object.entries(test.expected).filter(([, row]) => row.length <= widest)) }
  } finally {
    await model.close()
  }
}
