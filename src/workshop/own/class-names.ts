/** Class names out of a file of labels. */

import { readFile } from 'node:fs/promises'

/** Class names of a file, a line each; a number in front of each line (`12,cat`) is that of the class, when they are those of all classes. */
export async function classesOf(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '')
  const numbered = lines.map((line) => /^\s*(\d+)\s*[,;:\t ]\s*(.+)$/.exec(line))
  const places = numbered.map((found) => Number(found?.[1]))
  // Of all classes, from 0 or from 1 on, in whatever order the lines are.
  const first = places.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const all = (first === 0 || first === 1) && new Set(places).size === lines.length && places.every((place) => place < lines.length + first)
  const names = lines.map((line) => line.trim())
  if (all) for (const [i, found] of numbered.entries()) names[places[i]! - first] = found![2]!.trim()
  // Two classes may share a name: their numbers tell them apart.
  const seen = new Map<string, number>()
  for (const name of names) seen.set(name, (seen.get(name) ?? 0) + 1)
  return names.map((name, i) => (seen.get(name) === 1 ? name : `${name} (${i})`))
}
