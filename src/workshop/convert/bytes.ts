/** A file of weights, read piece by piece: a short read is an error, and no piece is larger than the file. */

import { open, readdir, stat } from 'node:fs/promises'
import { ModelError } from '../../core/errors.js'
import { someOf } from '../../core/text/some-of.js'

export interface WeightBytes {
  /** Names the file in errors. */
  readonly subject: string
  readonly size: number
  read(offset: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

export async function openBytes(path: string): Promise<WeightBytes> {
  await mustBeFile(path)
  const file = await open(path).catch((cause: unknown) => {
    throw new ModelError('WEIGHTS_MISSING', `${path} cannot be opened: ${(cause as Error).message}`, { cause })
  })
  const { size } = await file.stat()
  return {
    subject: path,
    size,
    async read(offset, length) {
      if (!(offset >= 0 && length >= 0 && offset + length <= size)) throw cutOff(path, offset + length, size)
      const buffer = Buffer.allocUnsafeSlow(length)
      let done = 0
      while (done < length) {
        const { bytesRead } = await file.read(buffer, done, length - done, offset + done)
        if (bytesRead === 0) throw cutOff(path, offset + length, offset + done)
        done += bytesRead
      }
      return buffer
    },
    close: () => file.close(),
  }
}

/** A folder, as Hugging Face's hub is downloaded to, is no weights; a pipe would be waited for. */
async function mustBeFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found === null || found.isFile()) return
  const inside = found.isDirectory() ? (await readdir(path)).filter((name) => /\.(pth?|bin|ckpt|safetensors)$/i.test(name)).sort() : []
  throw new ModelError('WEIGHTS_UNREADABLE', `${path} is ${found.isDirectory() ? 'a folder' : 'no file'}, not a file of weights`, {
    hint: inside.length > 0 ? `name the one that is meant: ${someOf(inside, 5)}` : 'name a .pth, .pt, .bin or .safetensors',
  })
}

function cutOff(subject: string, wanted: number, size: number): ModelError {
  return new ModelError('WEIGHTS_UNREADABLE', `${subject} should hold at least ${wanted} bytes but ends at ${size}`, {
    hint: 'the file may be cut off: fetch it again',
  })
}
