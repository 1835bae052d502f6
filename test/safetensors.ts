/** Writes safetensors files for tests, in float32: `u64 length │ JSON header │ numbers`. */

import type { StoredTensor } from '../src/workshop/convert/tensors.js'

export async function safetensorsOf(tensors: ReadonlyMap<string, StoredTensor>): Promise<Buffer> {
  const header: Record<string, unknown> = {}
  const pieces: Buffer[] = []
  let at = 0
  for (const [name, tensor] of tensors) {
    const data = await tensor.read()
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    header[name] = { dtype: 'F32', shape: tensor.shape, data_offsets: [at, at + bytes.length] }
    pieces.push(bytes)
    at += bytes.length
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, ...pieces])
}
