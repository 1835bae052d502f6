/** One file of the made MRXS slide at a time is the fuzzer's; the others lie beside it. */

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type MrxsFile, mrxsSlide } from '../../fixtures/mrxs.js'

let made: Promise<readonly MrxsFile[]> | undefined

const files = (): Promise<readonly MrxsFile[]> => {
  made ??= mrxsSlide({ positions: 'zlib' }).then((slide) => slide.files)
  return made
}

export const mrxsFile = async (name: string): Promise<Buffer> => (await files()).find((file) => file.name === `tiny/${name}`)!.bytes

/** Answers the path of the .mrxs. */
export async function writeMrxs(folder: string, name: string, bytes: Buffer): Promise<string> {
  const all = await files()
  await mkdir(path.join(folder, 'tiny'), { recursive: true })
  for (const file of all) await writeFile(path.join(folder, file.name), file.name === `tiny/${name}` ? bytes : file.bytes)
  return path.join(folder, all[0]!.name)
}
