/** Bytes as they lie in memory. */

/** The bytes that a typed array lies in: a view on its own memory, no copy. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)

/** The numbers in these bytes, at places that count from their first one. */
export const viewOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): DataView => new DataView(buffer, byteOffset, byteLength)

/** Shorter pieces cost more to hand on than to copy. */
const shortPiece = 16 * 1024

/** The same bytes in fewer pieces: short ones that follow one another are copied together, the others stay where they lie, empty ones go. */
export function joinShort(pieces: readonly Uint8Array[]): Uint8Array[] {
  const joined: Uint8Array[] = []
  let run: Uint8Array[] = []
  const end = () => {
    if (run.length > 0) joined.push(run.length === 1 ? run[0]! : Buffer.concat(run))
    run = []
  }
  for (const piece of pieces) {
    if (piece.length === 0) continue
    if (piece.length < shortPiece) run.push(piece)
    else {
      end()
      joined.push(piece)
    }
  }
  end()
  return joined
}
