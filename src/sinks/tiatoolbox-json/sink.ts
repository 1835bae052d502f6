/**
 * Opens the tiatoolbox-json sink. The layout is one list after another, while rows come one after another: the first list goes
 * straight to the file, the others wait in nameless files beside it.
 */

import type { Writable } from 'node:stream'
import type { Value } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { answersOf, greatestIn, numbersIn } from '../common/answers.js'
import { batchSink } from '../common/batch-sink.js'
import { OutputFile } from '../common/file.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { namedReaders } from '../common/named-readers.js'
import { boundsIn, requirePlace } from '../common/place.js'
import { Spool } from '../common/spool.js'
import { numberText } from '../common/text.js'

const every = 4096

export default async function openTiatoolboxJson(options: { readonly probabilities: boolean }, context: SinkContext): Promise<Writable> {
  requirePlace(context)
  const answers = answersOf(context)
  const wanted = options.probabilities ? answers.probabilities : []
  const { path } = context
  const file = await OutputFile.open(path)
  const spools: Spool[] = []
  const close = async () => {
    await Promise.all([file.close(), ...spools.splice(0).map((spool) => spool.close())])
  }
  try {
    spools.push(await Spool.open(`${path}.predictions`))
    if (wanted.length > 0) spools.push(await Spool.open(`${path}.coordinates`))
  } catch (error) {
    await close()
    throw error
  }
  const [predictions, coordinates] = spools
  const first = wanted.length > 0 ? 'probabilities' : 'coordinates'
  let written = 0
  let label: unknown = null
  const head = () => (written === 0 ? `{"${first}":[` : '')
  return batchSink({
    every,
    async write(pieces) {
      const lists = { probabilities: '', predictions: '', coordinates: '' }
      const start = head()
      for (const batch of pieces) {
        const read = namedReaders(context.columns, batch)
        const predictionAt = wanted.length > 0 ? greatestIn(answers, read) : answers.predictionsIn(read)
        const [numbersAt, boundsAt] = [numbersIn(read, wanted), boundsIn(read)]
        for (let i = 0; i < batch.length; i++) {
          const index = predictionAt(i)
          const numbers = numbersAt(i)
          if (index === null || numbers === null) continue
          const comma = written++ === 0 ? '' : ','
          lists.probabilities += `${comma}[${numbers.map((number) => numberText(number, 'float32')).join(',')}]`
          lists.predictions += comma + index
          lists.coordinates += `${comma}[${boundsAt(i).join(',')}]`
        }
        label ??= labelOf(read('label'), batch.length)
      }
      if (written > 0) await file.write(start + lists[first])
      await predictions!.write(lists.predictions)
      await coordinates?.write(lists.coordinates)
    },
    async finish() {
      await file.write(`${head()}],"predictions":[`)
      await predictions!.copyTo(file)
      if (coordinates) {
        await file.write('],"coordinates":[')
        await coordinates.copyTo(file)
      }
      await file.write(`],${tail(context, label)}}\n`)
      await file.finish()
    },
    close,
    used: () => written,
  })
}

/** The label the user gave to the whole slide, the same in all rows. */
function labelOf(labelAt: (i: number) => Value, rows: number): Value {
  for (let i = 0; i < rows; i++) if (labelAt(i) !== null) return labelAt(i)
  return null
}

function tail(context: SinkContext, label: unknown): string {
  const { model, grid } = context.provenance
  const entries = {
    label,
    pretrained_model: model?.name ?? null,
    resolution: grid?.at.value ?? null,
    units: grid?.at.units ?? null,
    [metadataKey]: metadataOf(context),
  }
  return JSON.stringify(entries).slice(1, -1)
}
