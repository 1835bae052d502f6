/** Opens a file of weights, whatever its format: told by its first bytes, never by its name. */

import { ModelError } from '../../core/errors.js'
import { isPointer, pointerHint } from '../../models/onnx/git-pointer.js'
import { openBytes } from './bytes.js'
import { type Joined, withHead, withoutTraining, withoutWrappers } from './layouts.js'
import { openSafetensors } from './safetensors.js'
import type { StateDict } from './tensors.js'
import { openTorchLegacy, openTorchZip } from './torch-file.js'

export async function openStateDict(path: string): Promise<StateDict & Joined & { readonly leftOut: readonly string[] }> {
  const opened = await openWrapped(path)
  const { tensors, leftOut } = withoutTraining(opened.tensors)
  return { ...opened, ...withHead(withoutWrappers(tensors)), leftOut }
}

async function openWrapped(path: string): Promise<StateDict> {
  const bytes = await openBytes(path)
  try {
    const head = await bytes.read(0, Math.min(16, bytes.size))
    if (head.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) {
      await bytes.close()
      return await openTorchZip(path)
    }
    // a pickle of protocol 2 to 5
    if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5 && head[2] !== 0) return await openTorchLegacy(bytes)
    // safetensors: a length of less than 2^32, then a brace
    if (head.length > 8 && head.readUInt32LE(4) === 0 && head[8] === 0x7b) return await openSafetensors(bytes)
    throw new ModelError('WEIGHTS_UNREADABLE', `${path} is no file of weights that is known here`, {
      hint: hintOf(head, path),
    })
  } catch (error) {
    await bytes.close().catch(() => {})
    throw error
  }
}

function hintOf(head: Buffer, path: string): string {
  if (isPointer(head)) return pointerHint
  if (/\.index\.json$/.test(path))
    return 'it only says in which files the tensors are: in Python, load each of them with safetensors.torch.load_file and save all in one'
  if (head[0] === 0x1f && head[1] === 0x8b) return 'it is packed by gzip: unpack it first'
  if (looksLikeText(head)) return 'it looks like a web page or text: was the download an error message?'
  return 'PyTorch state dicts (.pth, .pt, .bin) and safetensors are read'
}

const looksLikeText = (head: Buffer): boolean => head.length > 0 && head.every((byte) => byte >= 0x09 && byte < 0x7f)
