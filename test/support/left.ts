/** What is left in an output of work that is over. */

import { readdir } from 'node:fs/promises'
import path from 'node:path'

/** Names below `.tiastream` of drafts, journals, leases and workers; none when all is done. */
export async function leftIn(output: string): Promise<readonly string[]> {
  const left: string[] = []
  for (const folder of ['drafts', 'journal', 'leases', 'workers'])
    for (const name of await readdir(path.join(output, '.tiastream', folder)).catch(() => [])) left.push(`${folder}/${name}`)
  return left
}
