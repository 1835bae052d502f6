/** How a graph comes into OpenVINO: from its file, from bytes, or from bytes whose tensors lie in files beside. */

import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Asked } from '../session.js'
import type { Handle, OpenVino } from './library.js'

/** Throws an Error that says what it cannot read. */
export async function graphIn(library: OpenVino, { model, folder }: Pick<Asked, 'model' | 'folder'>): Promise<Handle> {
  if (typeof model === 'string') return library.readFile(model)
  if (folder === undefined) return library.readBytes(model)
  // Its tensors are found beside the file of a graph: for as long as it is read there is one, among links to them.
  const among = await mkdtemp(path.join(tmpdir(), 'tiastream-graph-'))
  try {
    for (const name of await readdir(folder)) await symlink(path.join(folder, name), path.join(among, name))
    const file = path.join(among, `${path.basename(among)}.onnx`)
    await writeFile(file, model)
    return library.readFile(file)
  } finally {
    await rm(among, { recursive: true, force: true })
  }
}
