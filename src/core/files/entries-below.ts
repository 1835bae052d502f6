import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'

/** What lies below a folder, with its path from there, by `/` on every system. */
export async function entriesBelow(folder: string): Promise<readonly { readonly name: string; readonly entry: Dirent }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.map((entry) => ({
    name: path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'),
    entry,
  }))
}

/** The files among them, sorted. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  return (await entriesBelow(folder))
    .filter(({ entry }) => entry.isFile())
    .map(({ name }) => name)
    .sort()
}
