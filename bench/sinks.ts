/** Sinks: rows a second into each, with the memory it takes. A sink slower than the model would hold up the run. */

import type { Asked } from './support/asked.js'
import { childResult } from './support/child.js'
import type { SinkResult } from './support/sink-child.js'
import { generatedSlide } from './support/slides.js'
import { prose, table, verdictBelow } from './support/table.js'

/** Sinks that take a million rows; those that take features, with 512 of them; pictures are measured in `huge`. */
const plain = ['parquet', 'arrow', 'csv', 'jsonl', 'geoparquet', 'qupath', 'annotations', 'tiatoolbox-json', 'wsinfer']
const withFeatures = ['arrow', 'parquet', 'clam', 'zarr']

/** Patches a second of an fp32 resnet18 on two cores when nobody else is at work: what a sink must stay out of the way of. */
const resnet = 58

export default async function sinks({ quick }: Asked): Promise<void> {
  const slide = await generatedSlide({ side: 6144, mpp: 0.5, tissue: 1 })
  await measured('rows of 9 classes', plain, quick ? 20_000 : 1_000_000, 0, slide)
  await measured('rows of 9 classes and 512 features', withFeatures, quick ? 2_000 : 50_000, 512, slide)
}

async function measured(title: string, names: readonly string[], count: number, size: number, slide: string): Promise<void> {
  // Once each: a million rows are long enough, and processes share nothing.
  const results = new Map<string, SinkResult>()
  const failures = new Map<string, string>()
  for (const name of names) {
    try {
      results.set(name, await childResult<SinkResult>('sink-child.js', [name, String(count), String(size), slide]))
    } catch (error) {
      failures.set(
        name,
        String((error as { stderr?: string }).stderr ?? error)
          .trim()
          .split('\n')
          .find((line) => /Error/.test(line)) ?? String(error),
      )
    }
  }
  prose(`\n## ${count.toLocaleString('en')} ${title}`)
  table(
    names.map((name) => {
      const result = results.get(name)
      if (result === undefined)
        return {
          sink: name,
          'thousand rows/s': null,
          'of a resnet18 run': null,
          'peak MiB': null,
          'MiB written': null,
          note: failures.get(name) ?? '',
        }
      const rate = result.rows / result.seconds
      return {
        sink: name,
        'thousand rows/s': rate / 1000,
        'of a resnet18 run': `${((resnet / rate) * 100).toFixed(3)} %`,
        'peak MiB': result.peak / 2 ** 20,
        'MiB written': result.bytes / 2 ** 20,
        note: '',
      }
    }),
  )
  const parquet = results.get('parquet')
  if (parquet) verdictBelow('writing Parquet, as a share of a resnet18 run', (resnet / (parquet.rows / parquet.seconds)) * 100, 5, ' %')
}
