/** Rows of the table in, equal rows of the merged canvas out: what the map and the overlay sinks share. */

import type { Writable } from 'node:stream'
import type { Batch } from '../../core/batch.js'
import { SinkError } from '../../core/errors.js'
import type { SinkContext } from '../../core/sink.js'
import { Merge, type MergedRun, OutOfOrder } from '../../geometry/merge.js'
import { batchSink } from '../common/batch-sink.js'
import { namedReaders } from '../common/named-readers.js'
import type { Canvas } from './canvas.js'
import type { PictureOut } from './out.js'
import type { AnswersIn, PlacesIn } from './predictions.js'

export interface MergedCanvas {
  /** Rows of the table, in raster order of the grid. */
  add(pieces: readonly Batch[]): Promise<void>
  /** The rest of the canvas. */
  end(): Promise<void>
  /** Rows that were drawn. */
  used(): number
}

interface Parts {
  readonly context: SinkContext
  readonly canvas: Canvas
  readonly classes: number
  readonly compat: boolean
  readonly answersIn: AnswersIn
  readonly placesIn: PlacesIn
  /** Takes each run before the next is made. */
  readonly take: (run: MergedRun) => Promise<void>
}

/** Written between two looks at the signal. */
const pixelsAtOnce = 2 ** 24

export function mergedCanvas({ context, canvas, classes, compat, answersIn, placesIn, take }: Parts): MergedCanvas {
  const merge = new Merge(canvas, classes, compat ? 'tiatoolbox' : 'exact')
  const rowsAtOnce = Math.max(1, Math.floor(pixelsAtOnce / canvas.width))
  const passed = async (runs: Iterable<MergedRun>) => {
    for (const run of runs) {
      // Where nothing lies a run may be the whole picture.
      for (let done = 0; done < run.rows; done += rowsAtOnce) {
        context.signal.throwIfAborted()
        await take({ ...run, top: run.top + done, rows: Math.min(rowsAtOnce, run.rows - done) })
      }
    }
  }
  let used = 0
  return {
    async add(pieces) {
      for (const batch of pieces) {
        const read = namedReaders(context.columns, batch)
        const [answerAt, placeAt] = [answersIn(read), placesIn(read)]
        for (let i = 0; i < batch.length; i++) {
          const values = answerAt(i)
          if (values === null) continue
          used++
          await passed(inOrder(() => merge.add(placeAt(i), values), context.path))
        }
      }
    },
    end: () => passed(merge.end()),
    used: () => used,
  }
}

/** The stream of rows into a canvas that is the whole picture. */
export function mergedSink(merged: MergedCanvas, out: Pick<PictureOut, 'finish' | 'close'>): Writable {
  return batchSink({
    every: 1024,
    write: merged.add,
    finish: async () => {
      await merged.end()
      await out.finish()
    },
    close: () => out.close(),
    used: merged.used,
  })
}

function* inOrder(runs: () => Iterable<MergedRun>, path: string): Generator<MergedRun> {
  try {
    yield* runs()
  } catch (error) {
    if (!(error instanceof OutOfOrder)) throw error
    throw new SinkError('ROWS_OUT_OF_ORDER', `${path}: ${error.message}`, {
      hint: 'a map is drawn from top to bottom: keep the order of the grid in the rows: stage, and sort a table that another program has sorted by its column index',
      cause: error,
    })
  }
}
