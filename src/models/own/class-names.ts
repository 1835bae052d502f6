/** Class names out of a file of labels. */

import { readFile } from 'node:fs/promises'

/** Class names of a file, a line each; a number in front of each line (`12,cat`) is that of the class, and goes when all are in order. */
export async function classesOf(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '')
  const numbered = lines.map((line) => /^\s*(\d+)\s*[,;:\t ]\s*(.+)$/.exec(line))
  const inOrder = numbered.every((found, i) => found && (Number(found[1]) === i || Number(found[1]) === i + 1))
  const names = lines.map((line, i) => (inOrder ? numbered[i]![2]! : line).trim())
  // Two classes may share a name: their numbers tell them apart.
  const seen = new Map<string, number>()
  for (const name of names) seen.set(name, (seen.get(name) ?? 0) + 1)
  return names.map((name, i) => (seen.get(name) === 1 ? name : `${name} (${i})`))
}
