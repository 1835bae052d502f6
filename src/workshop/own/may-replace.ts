/** Which files of a folder are those of a model that tiastream made: its card, its graph, and what the graph keeps beside itself. */

import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { mayReplaceModel } from '../../core/files/may-replace.js'
import { readOnnx } from '../../models/onnx/onnx-file.js'

/** Throws MODEL_EXISTS. Asked before work that is long, and once more before the folder is replaced. */
export function mayReplace(out: string, force: boolean, reads: readonly string[] = []): Promise<void> {
  return mayReplaceModel({ out, force, reads, owns: filesOf })
}

async function filesOf(out: string): Promise<ReadonlySet<string>> {
  const card = await readFile(path.join(out, 'model.yml'), 'utf8').catch(() => '')
  if (!/^# Written by tiastream/.test(card)) return new Set()
  // `weights`: what `models pull --keep` leaves.
  const own = ['model.yml', 'model.onnx', 'model.onnx.data', 'weights']
  const file = path.join(out, 'model.onnx')
  const onnx = (await stat(file).catch(() => null))?.isFile() ? await readOnnx(file).catch(() => null) : null
  return new Set([...own, ...(onnx?.facts.externalFiles ?? []).map((name) => path.posix.normalize(name))])
}
