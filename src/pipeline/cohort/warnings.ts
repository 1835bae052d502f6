/** What people are told of an output whose slides are not all done, or whose tables do not open as one. */

import path from 'node:path'
import { counted } from '../../core/text/counted.js'
import { someOf } from '../../core/text/some-of.js'
import type { ResultStore } from '../store/result-store.js'
import type { Compact, SlideCounts } from './manifest.js'

interface Found {
  readonly areListed: boolean
  readonly slides: SlideCounts
  readonly tables: readonly { readonly file: string }[]
  readonly gone: readonly string[]
  /** In the folder of the receipts, and none of a slide. */
  readonly strange: readonly string[]
  /** In the place of a receipt, and none that can be read. */
  readonly damaged: readonly string[]
  /** What is told of slides that are there under several ids. */
  readonly twins: string | null
  readonly compact: Compact | null
  /** Slides that an earlier version did, by version 0.1 or with columns of an older schema: a run begins beside them with --redo alone. */
  readonly old: number
  readonly oldSchema: string | null
}

const named = (names: readonly string[]): string => someOf(names, 3)

export async function warningsOf(
  store: ResultStore,
  { areListed, slides, tables, gone, strange, damaged, twins, compact, old, oldSchema }: Found,
): Promise<readonly string[]> {
  const said: string[] = []
  const again = old > 0 ? 'run the pipeline again with --redo' : 'run the pipeline again'
  const isSkipped =
    old > 0
      ? `${counted(old, 'slide')} of ${oldSchema === null ? 'tiastream 0.1' : `schema ${oldSchema}`} ${old === 1 ? 'is' : 'are'} then made anew`
      : 'what is done is skipped'
  if (!areListed) said.push(`which slides there are to be is not known, so there is no _SUCCESS: ${again}, ${isSkipped}`)
  if (damaged.length > 0)
    said.push(
      `${named(damaged)} ${damaged.length === 1 ? 'is damaged and no receipt' : 'are damaged and no receipts'} any more, so ${damaged.length === 1 ? 'its slide counts as not done' : 'their slides count as not done'}: ${again}, ${damaged.length === 1 ? 'it is' : 'they are'} then done anew`,
    )
  if (slides.waiting > 0)
    said.push(`${counted(slides.waiting, 'slide')} ${slides.waiting === 1 ? 'is' : 'are'} not done yet, so there is no _SUCCESS: ${again}`)
  if (gone.length > 0)
    said.push(`${named(gone)} ${gone.length === 1 ? 'is' : 'are'} gone or of another size, so there is no _SUCCESS: ${again}`)
  if (strange.length > 0)
    said.push(
      `${named(strange)} ${strange.length === 1 ? 'is no receipt' : 'are no receipts'} of a slide that the source has, and left out`,
    )
  if (twins !== null) said.push(twins)
  const own = new Set(tables.map(({ file }) => file))
  for (const folder of new Set(tables.map(({ file }) => path.posix.dirname(file)))) {
    // In the output itself everything lies, and who wants its tables asks for `*.parquet`.
    const isRead = (name: string) => folder !== '.' || /\.(parquet|pq)$/i.test(name)
    const there = (await store.list(folder)).map(path.posix.normalize)
    const others = there.filter((name) => !own.has(name) && isRead(name)).sort()
    if (others.length > 0)
      said.push(
        `${folder === '.' ? 'the output' : `${folder}/`} holds ${counted(others.length, 'file')} that ${others.length === 1 ? 'is' : 'are'} no table of a slide that is done, and who opens the folder reads ${others.length === 1 ? 'it' : 'them'}, too (of another sink: give it another file:): ${named(others)}`,
      )
  }
  if (compact && !compact.isCurrent) said.push('compact/ holds the rows of before: tiastream gather --compact makes it anew')
  return said
}
