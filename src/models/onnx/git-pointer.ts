/** What lies in the place of a large file where a repository was fetched without them (Git LFS): a few lines that say which one it is. */

const begins = new TextEncoder().encode('version https://')

export const pointerHint = 'it is a Git LFS pointer, not the file: git lfs pull, or download the file itself'

export const isPointer = (bytes: Uint8Array): boolean => bytes.length >= begins.length && begins.every((byte, i) => bytes[i] === byte)
