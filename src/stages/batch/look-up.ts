/** Turns colours into the values of a quantised input, in their own memory. */

/** `table` holds 256 values for red, then for green, then for blue. */
export function lookUp(pixels: Uint8Array, table: Uint8Array): void {
  for (let i = 0; i < pixels.length; i += 3) {
    pixels[i] = table[pixels[i]!]!
    pixels[i + 1] = table[256 + pixels[i + 1]!]!
    pixels[i + 2] = table[512 + pixels[i + 2]!]!
  }
}
