/** Opens the samples sink: rows are drawn while they pass, their patches are read at the end. */

import type { Writable } from 'node:stream'
import type { Batch } from '../../core/batch.js'
import type { SinkContext } from '../../core/sink.js'
import type { Region } from '../../geometry/region.js'
import { batchSink } from '../common/batch-sink.js'
import { namedReaders } from '../common/named-readers.js'
import { regionsIn } from '../common/place.js'
import { softwareOf } from '../picture/metadata.js'
import { rgbOut } from '../picture/out.js'
import { answerOf, classesOutput, hasProbabilities } from '../picture/predictions.js'
import { drawing } from './draw.js'
import { type Sample, sheetOf } from './sheet.js'

export interface SamplesOptions {
  readonly count: number
  readonly seed: number
  readonly size: number
  readonly of: 'all' | 'classes'
}

export default async function openSamples({ count, seed, size, of }: SamplesOptions, context: SinkContext): Promise<Writable> {
  const { slide, signal, path, provenance } = context
  const output = classesOutput(context)
  const answersIn = answerOf(context, output)
  const votes = !hasProbabilities(context, output)
  const draw = drawing<Drawn>(count, seed, of === 'classes')

  const sampleOf = async ({ region, index, value }: Drawn): Promise<Sample> => {
    const pixels = new Uint8Array(size * size * 3)
    const [failed] = await slide.read([{ region, width: size, height: size }], [pixels], { signal })
    return { pixels: failed ? null : pixels, answer: output.classes[index]!, probability: votes ? null : value }
  }
  const drawFrom = (batch: Batch) => {
    const read = namedReaders(context.columns, batch)
    const [indexAt, answerAt, regionAt] = [read('index'), answersIn(read), regionsIn(read)]
    for (let i = 0; i < batch.length; i++) {
      const values = answerAt(i)
      if (values === null) continue
      const index = largest(values)
      draw.add(indexAt(i) as number, index, { region: regionAt(i), index, value: values[index]! })
    }
  }
  return batchSink({
    every: 1024,
    write: async (pieces) => {
      for (const batch of pieces) drawFrom(batch)
    },
    finish: async () => {
      const samples: Sample[] = []
      for (const drawn of draw.chosen()) samples.push(await sampleOf(drawn))
      const { width, height, data } = await sheetOf(samples, size)
      const description = JSON.stringify({ tiastream: 'samples', slide: slide.info.id, fingerprint: provenance.fingerprint, seed })
      const out = await rgbOut(path, { width, height, description, software: softwareOf(context) })
      try {
        await out.write(data)
        await out.finish()
      } finally {
        await out.close()
      }
    },
    close: async () => undefined,
  })
}

/** A patch that may be shown: its class, and how sure the model is. */
interface Drawn {
  readonly region: Region
  readonly index: number
  readonly value: number
}

function largest(values: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}
