/** Opens the qupath sink: features are written as they come. Coordinates are baseline pixels, origin top-left, y down. */

import type { Writable } from 'node:stream'
import type { ModelOutput } from '../../core/model.js'
import { isOldSchema, oldCell } from '../../core/old-names.js'
import { classColumns } from '../../core/output-columns.js'
import type { Column, Row } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { type Answers, answersOf, foreignProbability, rgbOf } from '../common/answers.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { regionOf, requirePlace } from '../common/place.js'
import { numberText } from '../common/text.js'
import { textSink } from '../common/text-sink.js'
import { patchUuid } from './uuid.js'

export interface QupathOptions {
  readonly objects: 'tile' | 'detection' | 'annotation'
}

/** Numbers that say where the patch is, which the polygon says already. */
const address = new Set(['index', 'grid_x', 'grid_y', 'x0', 'y0', 'x1', 'y1', 'bx', 'by', 'bw', 'bh'])

export default async function openQupath({ objects }: QupathOptions, context: SinkContext): Promise<Writable> {
  requirePlace(context)
  const { columns, slide, provenance } = context
  const output = provenance.model?.outputs.find(({ kind }) => kind === 'classes')
  const classify = classificationOf(output ? answersOf(context) : null)
  const shown = shownNames(output, provenance.schemaVersion)
  // The polygon has the class itself.
  const { prediction } = classColumns(output ?? { classes: [] })
  const cell = isOldSchema(provenance.schemaVersion) ? [...oldCell.keys()] : []
  const measured = columns
    .filter(({ name, type }) => isNumber(type) && !address.has(name) && name !== prediction && !cell.includes(name))
    .map(({ name, type }): Measured => ({ name, type, shown: shown.get(name) ?? name }))
  const { head, bytes } = slide.identity
  const feature = (row: Row, index: number): string => {
    const id = patchUuid(head, bytes, Number(row.index ?? index))
    const properties = `{"objectType":"${objects}"${classify(row)},"isLocked":true,"measurements":{${measurements(row, measured)}}${troubleOf(row)}}`
    return `{"type":"Feature","id":"${id}","geometry":${polygon(row)},"properties":${properties}}`
  }
  return textSink(context, {
    head: `{"type":"FeatureCollection",${JSON.stringify({ [metadataKey]: metadataOf(context) }).slice(1, -1)},"features":[\n`,
    row: (row, index) => (index === 0 ? '' : ',\n') + feature(row, index),
    tail: () => '\n]}\n',
  })
}

interface Measured {
  readonly name: string
  readonly type: Column['type']
  /** What QuPath's table calls it: a class as it is written. */
  readonly shown: string
}

function shownNames(output: ModelOutput | undefined, schemaVersion: string): ReadonlyMap<string, string> {
  if (!output) return new Map()
  return new Map(
    classColumns(output, schemaVersion).probabilities.map((column, i) => [column, foreignProbability(output.classes[i]!.name)]),
  )
}

const isNumber = (type: Column['type']) => type === 'float32' || type === 'float64' || type === 'int32'

function classificationOf(answers: Answers | null): (row: Row) => string {
  if (!answers) return () => ''
  const texts = answers.classes.map(({ name, color }) => `,"classification":${JSON.stringify({ name, color: rgbOf(color) })}`)
  return (row) => texts[answers.prediction(row) ?? -1] ?? ''
}

function measurements(row: Row, columns: readonly Measured[]): string {
  const found: string[] = []
  for (const { name, type, shown } of columns) {
    const value = row[name]
    const text = typeof value === 'number' ? numberText(value, type) : null
    if (text !== null) found.push(`${JSON.stringify(shown)}:${text}`)
  }
  return found.join(',')
}

/** Why a patch has no answer, as a note QuPath shows. */
const troubleOf = (row: Row) =>
  typeof row.status === 'string' && row.status !== 'ok' ? `,"metadata":${JSON.stringify({ status: row.status })}` : ''

function polygon(row: Row): string {
  const { x, y, width, height } = regionOf(row)
  const [x1, y1] = [x + width, y + height]
  return `{"type":"Polygon","coordinates":[[[${x},${y}],[${x1},${y}],[${x1},${y1}],[${x},${y1}],[${x},${y}]]]}`
}
