/** What people are told of an output whose slides are not all done, or whose tables do not open as one. */

import path from 'node:path'
import { counted } from '../../core/text/counted.js'
import { someOf } from '../../core/text/some-of.js'
import { schemaVersion } from '../plan/version.js'
import { planIn } from '../store/layout.js'
import type { ResultStore } from '../store/result-store.js'
import { planName } from '../store/worker.js'
import type { Compact, SlideCounts } from './manifest.js'

interface Found {
  readonly areListed: boolean
  readonly slides: SlideCounts
  readonly tables: readonly { readonly file: string }[]
  readonly gone: readonly string[]
  /** Tables of the size of then, and of other bytes. */
  readonly rewritten: readonly string[]
  /** In the folder of the receipts, and none of a slide. */
  readonly strange: readonly string[]
  /** In the place of a receipt, and none that can be read. */
  readonly damaged: readonly string[]
  /** What is told of slides that are there under several ids. */
  readonly twins: string | null
  readonly compact: Compact | null
  /** Slides that version 0.1 did. */
  readonly old: number
}

const named = (names: readonly string[]): string => someOf(names, 3)

export async function warningsOf(
  store: ResultStore,
  { areListed, slides, tables, gone, rewritten, strange, damaged, twins, compact, old }: Found,
): Promise<readonly string[]> {
  const said: string[] = []
  const isWhole = areListed && slides.waiting === 0 && damaged.length === 0 && gone.length + rewritten.length === 0
  const schema = isWhole ? null : await oldSchemaOf(store)
  // A run begins beside what an earlier version did with --redo alone.
  const anew = schema === null ? old : slides.done
  const again = anew > 0 ? 'run the pipeline again with --redo' : 'run the pipeline again'
  const isSkipped =
    anew > 0
      ? `${counted(anew, 'slide')} of ${schema === null ? 'tiastream 0.1' : `schema ${schema}`} ${anew === 1 ? 'is' : 'are'} then made anew`
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
  if (rewritten.length > 0)
    said.push(
      `${named(rewritten)} ${rewritten.length === 1 ? 'has other bytes than when the run wrote it: remove it' : 'have other bytes than when the run wrote them: remove them'} and ${again}`,
    )
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

/** In which columns the output was begun, where a run of today has others and refuses it. */
async function oldSchemaOf(store: ResultStore): Promise<string | null> {
  const { schema } = (await planIn(store, planName)) ?? {}
  return typeof schema === 'string' && schema !== schemaVersion ? schema : null
}
