/** Rows of the table in, equal rows of the merged canvas out: what the map and the overlay sinks share. */

import type { Writable } from 'node:stream'
import { SinkError } from '../../core/errors.js'
import type { Column, Row } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { type Box, Merge, type MergedRun, OutOfOrder } from '../../geometry/merge.js'
import { rowSink } from '../common/row-sink.js'
import type { Canvas } from './canvas.js'
import type { PictureOut } from './out.js'
import type { Answer } from './predictions.js'

export interface MergedCanvas {
  /** Rows of the table, in raster order of the grid. */
  add(rows: readonly Row[]): Promise<void>
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
  readonly answer: Answer
  readonly place: (row: Row) => Box
  /** Takes each run before the next is made. */
  readonly take: (run: MergedRun) => Promise<void>
}

export function mergedCanvas({ context, canvas, classes, compat, answer, place, take }: Parts): MergedCanvas {
  const merge = new Merge(canvas, classes, compat ? 'tiatoolbox' : 'exact')
  const passed = async (runs: Iterable<MergedRun>) => {
    for (const run of runs) {
      context.signal.throwIfAborted()
      await take(run)
    }
  }
  let used = 0
  return {
    async add(rows) {
      for (const row of rows) {
        const values = answer(row)
        if (values === null) continue
        used++
        await passed(inOrder(() => merge.add(place(row), values), context.path))
      }
    },
    end: () => passed(merge.end()),
    used: () => used,
  }
}

/** The stream of rows into a canvas that is the whole picture. */
export function mergedSink(columns: readonly Column[], merged: MergedCanvas, out: Pick<PictureOut, 'finish' | 'close'>): Writable {
  return rowSink({
    columns,
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
      hint: 'a map is drawn from top to bottom: keep the order of the grid in the rows: stage',
      cause: error,
    })
  }
}
