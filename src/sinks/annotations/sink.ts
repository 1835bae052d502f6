/** Opens the annotations sink. Rows are inserted a batch at a time, in one transaction each. */

import type { Writable } from 'node:stream'
import { deflateSync } from 'node:zlib'
import type { Batch } from '../../core/batch.js'
import type { SinkContext } from '../../core/sink.js'
import type { Region } from '../../geometry/region.js'
import { type Answers, answersIn, foreignProbability } from '../common/answers.js'
import { batchSink } from '../common/batch-sink.js'
import { OutputFile, syncFile } from '../common/file.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { type NamedReaders, namedReaders } from '../common/named-readers.js'
import { regionsIn, requirePlace } from '../common/place.js'
import { float32Text } from '../common/text.js'
import { rectangleWkb } from '../common/wkb.js'
import { createDatabase, type Database, guarded } from './database.js'
import { RtreeWriter } from './rtree.js'
import { metadata, rtree as rtreeDeclaration, tables } from './schema.js'

/** Rows of a transaction: SQLite runs on this thread, so a batch stays short. */
const every = 512

export default async function openAnnotations(_options: unknown, context: SinkContext): Promise<Writable> {
  requirePlace(context)
  const { path, columns } = context
  const answers = answersIn(context)
  const labelled = columns.some(({ name }) => name === 'label')
  // Asks the file system first: SQLite does not say why it cannot open a file.
  await (await OutputFile.open(path)).close()
  const database = createDatabase(path)
  const { insert, rtree } = prepared(path, database, context)
  let rows = 0
  const add = ({ x, y, width, height }: Region, about: Record<string, unknown>) => {
    const properties = JSON.stringify(about)
    const geometry = deflateSync(rectangleWkb({ x, y, width, height }), { level: metadata.compression_level })
    insert.run([rows + 1, String(rows), 'Polygon', x + width / 2, y + height / 2, geometry, properties, width * height])
    rows++
    rtree.add(rows, { minX: x, maxX: x + width, minY: y, maxY: y + height })
  }
  const addAll = (batch: Batch) => {
    const read = namedReaders(columns, batch)
    const [regionAt, propertiesAt] = [regionsIn(read), propertiesIn(read, answers, labelled)]
    for (let i = 0; i < batch.length; i++) add(regionAt(i), propertiesAt(i))
  }
  return batchSink({
    every,
    write: async (pieces) =>
      guarded(path, () => {
        database.exec('BEGIN')
        for (const batch of pieces) addAll(batch)
        database.exec('COMMIT')
      }),
    async finish() {
      guarded(path, () => {
        database.exec('BEGIN')
        rtree.finish()
        database.exec('COMMIT')
      })
      guarded(path, () => database.close())
      await syncFile(path)
    },
    close: async () => database.close(),
  })
}

function prepared(path: string, database: Database, context: SinkContext) {
  try {
    return guarded(path, () => prepare(database, context))
  } catch (error) {
    database.close()
    throw error
  }
}

function prepare(database: Database, context: SinkContext) {
  // The tables in the order in which TIAToolbox makes them.
  database.exec('BEGIN')
  const rtree = new RtreeWriter(database, rtreeDeclaration)
  database.exec(tables)
  for (const [key, value] of Object.entries({ ...metadata, [metadataKey]: metadataOf(context) }))
    database.run('INSERT INTO metadata VALUES (?, ?)', [key, JSON.stringify(value)])
  database.exec('COMMIT')
  const insert = database.prepare('INSERT INTO annotations VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  return { insert, rtree }
}

/** As TIAToolbox: `prob_<class>`, `label`, and `type`, the name of the class. A patch without an answer says why. */
function propertiesIn(read: NamedReaders, answers: Answers | null, labelled: boolean): (i: number) => Record<string, unknown> {
  const probabilities = answers?.probabilities.map((column, i) => ({ at: read(column), key: foreignProbability(answers.classes[i]!.name) }))
  const [labelAt, statusAt, predictionAt] = [read('label'), read('status'), answers?.predictionsIn(read)]
  return (row) => {
    const properties: Record<string, unknown> = {}
    for (const { at, key } of probabilities ?? []) {
      const value = at(row)
      if (typeof value === 'number' && Number.isFinite(value)) properties[key] = Number(float32Text(value))
    }
    const label = labelled ? labelAt(row) : null
    if (label !== null) properties.label = label
    const index = predictionAt?.(row) ?? null
    if (index !== null) properties.type = answers!.classes[index]!.name
    const status = statusAt(row)
    if (typeof status === 'string' && status !== 'ok') properties.status = status
    return properties
  }
}
