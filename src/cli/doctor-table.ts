/** One row through a table sink and back: what `doctor` tries of Parquet. */

import { pipeline } from 'node:stream/promises'
import { batchOf } from '../core/batches/rows-of.js'
import type { AnySinkSpec } from '../core/sink.js'
import { sinkOf } from '../pipeline/parts.js'
import { schemaVersion, tiastreamVersion } from '../pipeline/plan/version.js'
import { openSlide } from '../readers/open.js'

export async function writeOneRow(spec: AnySinkSpec, engine: string, file: string, picture: string): Promise<string> {
  const slide = await openSlide({ kind: 'tile', id: 'picture', uri: picture, carried: {} })
  try {
    const columns = [{ name: 'index', type: 'int32', about: 'A number.' }] as const
    const target = { slide, columns, provenance: { schemaVersion, tiastreamVersion, fingerprint: '' } }
    await pipeline([batchOf(columns, [{ index: 1 }], 0)], await sinkOf(spec)({ file, engine }).open(target))
    const { default: count } = await spec.count!()
    const rows = await count(file)
    if (rows !== 1) throw new Error(`one row was written, ${rows} came back`)
    return 'a row was written and counted back'
  } finally {
    await slide.close()
  }
}
