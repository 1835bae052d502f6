/** Opens the samples sink: rows are drawn while they pass, their patches are read at the end. */

import type { Writable } from 'node:stream'
import type { Row } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { rowSink } from '../common/row-sink.js'
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
  const answer = answerOf(context, output)
  const votes = !hasProbabilities(context, output)
  const draw = drawing(count, seed, of === 'classes')

  const best = (row: Row) => {
    const values = answer(row)
    if (values === null) return null
    const all = Array.from(values)
    const index = all.indexOf(Math.max(...all))
    return { index, class: output.classes[index]!, probability: votes ? null : all[index]! }
  }
  const sampleOf = async (row: Row): Promise<Sample> => {
    const region = { x: row.bx as number, y: row.by as number, width: row.bw as number, height: row.bh as number }
    const pixels = new Uint8Array(size * size * 3)
    const [failed] = await slide.read([{ region, width: size, height: size }], [pixels], { signal })
    const found = best(row)
    return { pixels: failed ? null : pixels, answer: found?.class ?? null, probability: found?.probability ?? null }
  }
  return rowSink({
    columns: context.columns,
    every: 1024,
    write: async (rows) => {
      for (const row of rows) {
        const found = best(row)
        if (found) draw.add(row, found.index)
      }
    },
    finish: async () => {
      const samples: Sample[] = []
      for (const row of draw.chosen()) samples.push(await sampleOf(row))
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
