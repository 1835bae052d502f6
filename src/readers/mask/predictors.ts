/** TIFF's predictors undone for samples of any size, in place: 2 is the difference from the pixel to the left, 3 that of a float's bytes. */

import type { SampleKind } from '../../geometry/samples.js'

export interface Predicted {
  readonly rows: number
  /** Pixels of a row. */
  readonly perRow: number
  /** Samples side by side in a pixel. */
  readonly together: number
  readonly kind: SampleKind
  readonly littleEndian: boolean
  /** Predictor 3. */
  readonly float: boolean
}

export function undoPredictor(data: Uint8Array, { rows, perRow, together, kind, littleEndian, float }: Predicted): void {
  const run = perRow * together
  const length = run * kind.bytes
  const back = new Uint8Array(float ? length : 0)
  for (let y = 0; y < rows; y++) {
    const line = data.subarray(y * length, (y + 1) * length)
    if (float) floats(line, run, together, kind.bytes, littleEndian, back)
    else differences(line, run, together, kind.bytes, littleEndian)
  }
}

/** Sums with a carry from byte to byte, lowest byte first: for samples of 1 to 8 bytes alike. */
function differences(line: Uint8Array, run: number, together: number, bytes: number, littleEndian: boolean): void {
  for (let i = together; i < run; i++) {
    let carry = 0
    for (let b = 0; b < bytes; b++) {
      const place = littleEndian ? b : bytes - 1 - b
      const sum = line[i * bytes + place]! + line[(i - together) * bytes + place]! + carry
      line[i * bytes + place] = sum
      carry = sum >> 8
    }
  }
}

/** A row holds the highest bytes of all its samples first, then the next ones …, each byte as its difference. */
function floats(line: Uint8Array, run: number, together: number, bytes: number, littleEndian: boolean, back: Uint8Array): void {
  for (let i = together; i < line.length; i++) line[i] = line[i]! + line[i - together]!
  for (let i = 0; i < run; i++) {
    for (let b = 0; b < bytes; b++) back[i * bytes + (littleEndian ? bytes - 1 - b : b)] = line[b * run + i]!
  }
  line.set(back)
}
