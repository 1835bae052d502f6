/** What a reader of others sees in a folder of tables, and what it must see: by arithmetic, from the colours of the slides. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { classNames, colours, isAnswered, patchesOf, sharesOf } from '../../test/pipeline/cohort/colours.js'
import { ask } from '../peers.js'

export interface Seen {
  readonly slides: Readonly<Record<string, number>>
  readonly index: number
  readonly class: number
  readonly nulls: number
  readonly age: number
  readonly vector: number
  readonly width: readonly number[]
  readonly one: number
  readonly types: Readonly<Record<string, string>>
  readonly files?: number
  readonly planned?: number
  readonly bounds?: readonly (readonly [string, string])[]
  readonly pushed?: boolean
}

/** The one that is looked for; another id begins with the same 36 letters. */
export const wanted = colours.at(-1)!

const there = colours.filter((one) => patchesOf(one) > 0)
const answered = there.filter(isAnswered)
const sum = (some: typeof colours, of: (one: (typeof colours)[number]) => number) => some.reduce((all, one) => all + of(one), 0)

export const expected = {
  slides: Object.fromEntries(there.map((one) => [one.id, patchesOf(one)])),
  index: sum(there, (one) => (patchesOf(one) * (patchesOf(one) - 1)) / 2),
  nulls: sum(there, (one) => (isAnswered(one) ? 0 : patchesOf(one))),
  age: sum(there, (one) => patchesOf(one) * (one.age ?? 0)),
  vector: sum(answered, (one) => patchesOf(one) * one.rgb[0]),
  width: [classNames.length],
  one: patchesOf(wanted),
}

/** Single floats. */
export const expectedClass = sum(answered, (one) => patchesOf(one) * sharesOf(one.rgb)[0]!)

export async function seenBy(python: string, reader: string, folder: string): Promise<Seen> {
  const work = await mkdtemp(path.join(tmpdir(), 'tiastream-dataset-'))
  try {
    return (await ask(python, 'test-slow/dataset/read_folder.py', [reader, folder, wanted.id, work])) as Seen
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
