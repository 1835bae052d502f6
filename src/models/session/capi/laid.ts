/** What `tiastream devices install` laid beside the runtime, as it wrote it down there. */

import { open } from 'node:fs/promises'
import path from 'node:path'

export interface Laid {
  /** Of ONNX Runtime. */
  readonly version: string
  readonly commit: string
  /** The name of the wheel. */
  readonly from: string
  /** Of each file, by its name. */
  readonly sha256: Readonly<Record<string, string>>
}

export const recordName = 'onnxruntime-providers.json'

/** It holds some names and hashes. */
const longest = 2 ** 16

/** Null where nothing was laid, or what is written is not ours. */
export async function laidIn(folder: string): Promise<Laid | null> {
  const file = await open(path.join(folder, recordName)).catch(() => null)
  if (file === null) return null
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longest), 0, longest, 0)
    return laidOf(JSON.parse(buffer.toString('utf8', 0, bytesRead)))
  } catch {
    return null
  } finally {
    await file.close()
  }
}

function laidOf(said: unknown): Laid | null {
  const { version, commit, from, sha256 } = (said ?? {}) as Record<string, unknown>
  if (![version, commit, from].every((one) => typeof one === 'string') || typeof sha256 !== 'object' || sha256 === null) return null
  if (!Object.values(sha256).every((one) => typeof one === 'string')) return null
  return { version, commit, from, sha256 } as Laid
}
