import path from 'node:path'

/** Whether a path is that of a folder itself, or lies in it, by their names alone; links are not followed. */
export function holds(folder: string, inner: string): boolean {
  const way = path.relative(folder, inner)
  // On Windows the way to another disk is absolute.
  return way === '' || !(way === '..' || way.startsWith(`..${path.sep}`) || path.isAbsolute(way))
}
