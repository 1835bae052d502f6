/** TIFF's FillOrder 2, as libtiff has it: every byte of a tile, packed or not, lies with its lowest bit first. */

/** The bits of each byte the other way round, in a copy. */
export const reversedBits = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => reversed[byte]!)

const reversed = Uint8Array.from({ length: 256 }, (_, byte) => {
  let turned = 0
  for (let bit = 0; bit < 8; bit++) turned |= ((byte >> bit) & 1) << (7 - bit)
  return turned
})
