/**
 * A JP2 file around a codestream that hands on some of its components: the decoder gives one or three, so that a picture with alpha (four)
 * is read in two goes. A palette of which nothing is looked up may choose among components ("direct use").
 *
 *     size (32 bits) name (4)     each box; in jp2h:
 *     ihdr  height width (32 bits each) components (16) bits − 1, compression 7, 0, 0
 *     colr  1 0 0, 16 (sRGB) or 17 (grey) in 32 bits
 *     pclr  entries (16), columns, bits − 1 of each, the entries
 *     cmap  for each channel: component (16), 0 (direct use), 0
 */

export function choosing(codestream: Uint8Array, width: number, height: number, components: number, chosen: readonly number[]): Buffer {
  const ihdr = box('ihdr', Buffer.concat([number(height), number(width), Buffer.from([0, components, 7, 7, 0, 0])]))
  const colr = box('colr', Buffer.concat([Buffer.from([1, 0, 0]), number(chosen.length === 1 ? 17 : 16)]))
  const pclr = box('pclr', Buffer.from([0, 1, chosen.length, ...chosen.map(() => 7), ...chosen.map(() => 0)]))
  const cmap = box('cmap', Buffer.from(chosen.flatMap((component) => [0, component, 0, 0])))
  return Buffer.concat([
    box('jP  ', Buffer.from([0x0d, 0x0a, 0x87, 0x0a])),
    box('ftyp', Buffer.from('jp2 \0\0\0\0jp2 ', 'latin1')),
    box('jp2h', Buffer.concat([ihdr, colr, pclr, cmap])),
    box('jp2c', codestream),
  ])
}

function box(name: string, inside: Uint8Array): Buffer {
  return Buffer.concat([number(inside.length + 8), Buffer.from(name, 'latin1'), inside])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
