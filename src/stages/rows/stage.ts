/** Loads the user's function and runs the rows of a slide through it. */

import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { batchesOf, rowsIn } from '../../core/batches/batches-of.js'
import { bugInRun, PipelineError, TiastreamError } from '../../core/errors.js'
import type { Row } from '../../core/row.js'
import type { SlideRef } from '../../core/slide.js'
import type { Stage, StageContext } from '../../core/stage.js'
import { ClassPairs } from './class-pairs.js'
import { closeHighland, fromHighland, highland, type Rows, toHighland } from './highland.js'
import type { RowsOptions } from './spec.js'

/** The user's function. */
export type Shape = (rows: Rows<Row>, tools: { readonly highland: typeof highland; readonly slide: SlideRef }) => Rows<Row>

export default ({ module, export: name }: RowsOptions): Stage<'rows', 'rows'> =>
  async function* (input, ctx) {
    const { takes, gives, folder = '.' } = ctx
    if (!takes || !gives) throw bugInRun('rows was not told of its columns')
    const file = path.resolve(folder, module)
    const known = new Set([...takes, ...gives].map((column) => column.name))
    // The one place of a run where rows are objects before a sink asks for them.
    const pairs = new ClassPairs(takes, gives)
    yield* batchesOf(gives, shaped(pairs.learn(rowsIn(takes, input)), known, pairs, file, name, ctx))
  }

async function* shaped(
  input: AsyncIterable<Row>,
  known: ReadonlySet<string>,
  pairs: ClassPairs,
  file: string,
  name: string,
  { slide, signal, tell }: StageContext,
): AsyncGenerator<Row> {
  const shape = await load(file, name)
  const rows = toHighland(input, signal)
  let made: Rows<Row>
  try {
    made = shape(rows, { highland, slide: slide.ref })
    if (!highland.isStream(made)) throw new Error(`it gave ${typeof made}, not a highland stream`)
  } catch (cause) {
    await closeHighland(rows)
    throw failed(file, name, cause)
  }
  let told = false
  let toldApart = false
  try {
    for await (const row of fromHighland(made, rows)) {
      if (typeof row !== 'object' || row === null) throw new Error(`it gave ${row === undefined ? 'nothing' : String(row)} for a row`)
      const lost = told ? undefined : Object.keys(row).find((key) => !known.has(key))
      if (lost !== undefined) {
        told = true
        const message = `rows of ${slide.ref.id} have '${lost}', which is no column: it is left out (rows: { columns: [{ name: ${lost}, type: … }] } keeps it)`
        tell({ type: 'warning', code: 'ROWS_COLUMN', message })
      }
      const apart = toldApart ? null : pairs.apart(row)
      if (apart !== null) {
        toldApart = true
        tell({ type: 'warning', code: 'ROWS_CLASS', message: `rows of ${slide.ref.id} ${apart}` })
      }
      yield row
    }
  } catch (cause) {
    signal.throwIfAborted()
    throw cause instanceof TiastreamError ? cause : failed(file, name, cause)
  }
}

async function load(file: string, name: string): Promise<Shape> {
  let loaded: Record<string, unknown>
  try {
    loaded = await import(pathToFileURL(file).href)
  } catch (cause) {
    throw new PipelineError('ROWS_MODULE', `${file} does not load: ${messageOf(cause)}`, { hint: 'it must be a JavaScript module', cause })
  }
  const found = loaded[name]
  if (typeof found === 'function') return found as Shape
  throw new PipelineError('ROWS_MODULE', `${file} exports no function '${name}'; it has: ${Object.keys(loaded).join(', ') || 'nothing'}`)
}

function failed(file: string, name: string, cause: unknown): PipelineError {
  return new PipelineError('ROWS_FUNCTION', `${name} of ${file} failed: ${messageOf(cause)}`, { cause, at: { stage: 'rows' } })
}

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))
