/** How a graph comes into OpenVINO: from its file, from bytes, or from bytes whose tensors lie in files beside. */

import { link, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Asked } from '../session.js'
import type { Handle, OpenVino } from './library.js'

/** Throws an Error that says what it cannot read. */
export async function graphIn(
  library: OpenVino,
  { model, folder, files = [] }: Pick<Asked, 'model' | 'folder' | 'files'>,
): Promise<Handle> {
  if (typeof model === 'string') return library.readFile(model)
  if (folder === undefined) return library.readBytes(model)
  // Its tensors are found beside the file of a graph: for as long as it is read there is one, among second names of them.
  const among = await folderLike(folder, files)
  try {
    const file = path.join(among, `${path.basename(among)}.onnx`)
    await writeFile(file, model)
    return library.readFile(file)
  } finally {
    await rm(among, { recursive: true, force: true })
  }
}

/**
 * A folder for a moment, in which files of another have second names. OpenVINO of 2026 follows no link that leads out of a folder, and a name of
 * the file itself must lie on its disk: where that of temporary files is another, the model's own folder is tried. Older ones follow links.
 */
async function folderLike(folder: string, files: readonly string[]): Promise<string> {
  return (
    (await linkedIn(tmpdir(), link, folder, files)
      .catch(() => linkedIn(folder, link, folder, files))
      .catch(() => null)) ?? linkedIn(tmpdir(), symlink, folder, files)
  )
}

async function linkedIn(
  place: string,
  name: (from: string, to: string) => Promise<void>,
  folder: string,
  files: readonly string[],
): Promise<string> {
  const among = await mkdtemp(path.join(place, 'tiastream-graph-'))
  try {
    for (const file of files) {
      await mkdir(path.dirname(path.join(among, file)), { recursive: true })
      // A second name of a link would be that link, beside which its file does not lie.
      await name(await realpath(path.join(folder, file)), path.join(among, file))
    }
    return among
  } catch (cause) {
    await rm(among, { recursive: true, force: true })
    throw cause
  }
}
