/** Tables that are no longer as the run wrote them: whoever counts their rows says so. */

import { someOf } from '../core/text/some-of.js'
import { inTurns } from '../pipeline/store/in-turns.js'
import { rewrittenTables } from '../pipeline/store/rewritten.js'
import { storeOf } from '../pipeline/store/store-of.js'
import type { Results } from './open.js'

/** By their sizes, and by what is in those that were written to since; null where all are as their receipts say. Those that are gone are told by who reads them. */
export async function changedText({ folder, slides }: Results): Promise<string | null> {
  const store = await storeOf(folder)
  const changed = new Set<string>()
  const tables = slides.flatMap(({ receipt: { slide, files } }) =>
    files.flatMap((file) => (file.sink === 'parquet' ? [{ ...file, slide }] : [])),
  )
  await inTurns(tables, async ({ file, bytes }) => {
    if (![null, bytes].includes(await store.size(file))) changed.add(file)
  })
  const rewritten = new Set(
    await rewrittenTables(
      store,
      tables.filter(({ file }) => !changed.has(file)),
    ),
  )
  const said = (what: string, which: ReadonlySet<string>): string[] => {
    const names = tables.map(({ file }) => file).filter((file) => which.has(file))
    const [are, them] = names.length === 1 ? ['is', 'it'] : ['are', 'them']
    return names.length === 0 ? [] : [`${someOf(names, 5)} ${are} ${what} than when the run wrote ${them}`]
  }
  const all = [...said('of another size', changed), ...said('of other bytes', rewritten)]
  return all.length === 0 ? null : `${all.join(', and ')}: another program has changed the rows, which count as they are now`
}
