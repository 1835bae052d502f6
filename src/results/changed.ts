/** Tables that are no longer as the run wrote them: whoever counts their rows says so. */

import { someOf } from '../core/text/some-of.js'
import { inTurns } from '../pipeline/store/in-turns.js'
import { storeOf } from '../pipeline/store/store-of.js'
import type { Results } from './open.js'

/** By their bytes; null where all have as many as their receipts say. Those that are gone are told by who reads them. */
export async function changedText({ folder, slides }: Results): Promise<string | null> {
  const store = await storeOf(folder)
  const changed = new Set<string>()
  const tables = slides.flatMap(({ receipt: { files } }) => files.filter(({ sink }) => sink === 'parquet'))
  await inTurns(tables, async ({ file, bytes }) => {
    if (![null, bytes].includes(await store.size(file))) changed.add(file)
  })
  const names = tables.map(({ file }) => file).filter((file) => changed.has(file))
  if (names.length === 0) return null
  const [are, them] = names.length === 1 ? ['is', 'it'] : ['are', 'them']
  return `${someOf(names, 5)} ${are} of another size than when the run wrote ${them}: another program has changed the rows, which count as they are now`
}
