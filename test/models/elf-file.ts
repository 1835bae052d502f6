/** Libraries of Linux, made by hand: one segment that is loaded at 0x1000, with the texts; one that is dynamic. */

export interface ElfParts {
  readonly needed?: readonly string[]
  readonly runpath?: string
  readonly rpath?: string
  /** 62 is x64, 183 arm64. */
  readonly machine?: number
  /** After it: what a provider says of itself. */
  readonly more?: string
}

const ownMachine = process.arch === 'arm64' ? 183 : 62

export function elfFile({ needed = [], runpath, rpath, machine = ownMachine, more = '' }: ElfParts): Buffer {
  const named: (readonly [tag: number, text: string])[] = [
    ...needed.map((name) => [1, name] as const),
    ...(rpath === undefined ? [] : [[15, rpath] as const]),
    ...(runpath === undefined ? [] : [[29, runpath] as const]),
  ]
  const texts = Buffer.from(`\0${named.map(([, text]) => `${text}\0`).join('')}`, 'latin1')
  const tables = 64 + 2 * 56
  const dynamicAt = tables + texts.length
  const dynamic = Buffer.alloc((named.length + 2) * 16)
  dynamic.writeBigInt64LE(5n, 0)
  dynamic.writeBigInt64LE(BigInt(0x1000 + tables), 8)
  let at = 1
  named.forEach(([tag, text], i) => {
    dynamic.writeBigInt64LE(BigInt(tag), (i + 1) * 16)
    dynamic.writeBigInt64LE(BigInt(at), (i + 1) * 16 + 8)
    at += text.length + 1
  })
  const head = Buffer.alloc(64)
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(head)
  head.writeUInt16LE(machine, 18)
  head.writeBigUInt64LE(64n, 32)
  head.writeUInt16LE(56, 54)
  head.writeUInt16LE(2, 56)
  const segment = (type: number, offset: number, address: number, length: number) => {
    const bytes = Buffer.alloc(56)
    bytes.writeUInt32LE(type, 0)
    bytes.writeBigUInt64LE(BigInt(offset), 8)
    bytes.writeBigUInt64LE(BigInt(address), 16)
    bytes.writeBigUInt64LE(BigInt(length), 32)
    return bytes
  }
  const whole = dynamicAt + dynamic.length
  const segments = [segment(1, 0, 0x1000, whole), segment(2, dynamicAt, 0x1000 + dynamicAt, dynamic.length)]
  return Buffer.concat([head, ...segments, texts, dynamic, Buffer.from(more, 'latin1')])
}
