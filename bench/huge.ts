/** The exports of a slide of 200,000 patches: each in a process of its own, its memory, and what it would cost a run. */

import type { Asked } from './support/asked.js'
import { childResult } from './support/child.js'
import type { SinkResult } from './support/sink-child.js'
import { generatedSlide } from './support/slides.js'
import { prose, table, verdictBelow } from './support/table.js'

const sinks = ['parquet', 'qupath', 'annotations', 'map', 'overlay']
/** The fastest run there is, which a sink would hold up most: an int8 mobilenet_v2 on two cores when nobody else is at work. */
const fastest = 400

export default async function huge({ quick }: Asked): Promise<void> {
  const counts = quick ? [2_000, 20_000] : [20_000, 200_000]
  const results = new Map<string, SinkResult[]>()
  for (const count of counts) {
    const side = Math.ceil(Math.sqrt(count)) * 224
    const slide = await generatedSlide({ side, mpp: 0.5, tissue: 0.5 })
    for (const name of sinks) {
      const result = await childResult<SinkResult>('sink-child.js', [name, String(count), '0', slide])
      results.set(name, [...(results.get(name) ?? []), result])
    }
  }
  prose(`\n## ${counts[0]!.toLocaleString('en')} and ${counts[1]!.toLocaleString('en')} patches of 224 pixels at 0.5 um, nine classes`)
  table(
    sinks.map((name) => {
      const [few, many] = results.get(name)!
      return {
        sink: name,
        'peak MiB, few': few!.peak / 2 ** 20,
        'peak MiB, many': many!.peak / 2 ** 20,
        'thousand rows/s': many!.rows / many!.seconds / 1000,
        seconds: many!.seconds,
        'MiB written': many!.bytes / 2 ** 20,
        'of the run': `${((many!.seconds / (many!.rows / fastest)) * 100).toFixed(2)} %`,
      }
    }),
  )
  for (const name of ['qupath', 'map', 'annotations']) {
    const [few, many] = results.get(name)!
    verdictBelow(`${name}: slow-down of a run of ${fastest} patches/s`, (many!.seconds / (many!.rows / fastest)) * 100, 10, ' %')
    prose(`         ${name}: ${((many!.peak - few!.peak) / 2 ** 20).toFixed(0)} MiB more for ten times the patches`)
  }
}
