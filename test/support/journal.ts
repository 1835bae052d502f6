/** Journals as another run would have left them. */

import { readdirSync } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { frameOf, noFrame, wholeFrames } from '../../src/pipeline/store/frames.js'
import { all } from './stage-context.js'

/** Each frame's content, the head first. */
export async function framesIn(file: string): Promise<{ readonly content: Buffer; readonly numbers: readonly [number, number] }[]> {
  const handle = await open(file)
  try {
    return await all(wholeFrames(handle))
  } finally {
    await handle.close()
  }
}

/** Changes the head by text and writes all frames after it again, which follow from it. */
export async function editHead(file: string, from: string, to: string): Promise<void> {
  const frames = await framesIn(file)
  let before: Uint8Array = noFrame
  const pieces: Uint8Array[] = []
  for (const [i, { content, numbers }] of frames.entries()) {
    const text = content.toString()
    if (i === 0 && !text.includes(from)) throw new Error(`the head does not hold ${from}`)
    const { bytes, hash } = frameOf([i === 0 ? Buffer.from(text.replace(from, to)) : content], numbers, before)
    pieces.push(...bytes)
    before = hash
  }
  await writeFile(file, Buffer.concat(pieces))
}

/** The only journal of a slide; of a name that is not there where there is none. */
export function journalOf(output: string, slide: string): string {
  const folder = path.join(output, '.tiastream/journal', slide)
  let names: string[] = []
  try {
    names = readdirSync(folder)
  } catch {
    // There is none.
  }
  if (names.length > 1) throw new Error(`${folder} holds ${names.join(', ')}`)
  return path.join(folder, names[0] ?? 'none')
}
