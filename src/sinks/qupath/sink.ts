/** Opens the qupath sink: features are written as they come. Coordinates are baseline pixels, y down, from where QuPath counts. */

import type { Writable } from 'node:stream'
import { isOldSchema, renamed } from '../../core/columns/old-names.js'
import { classColumns } from '../../core/columns/output-columns.js'
import type { ModelOutput } from '../../core/model.js'
import { type Corner, qupathCorner } from '../../core/qupath-corner.js'
import type { Column } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import type { Region } from '../../geometry/region.js'
import { type Answers, answersIn, foreignProbability } from '../common/answers.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { type NamedReaders, namedReaders } from '../common/named-readers.js'
import { regionsIn, requirePlace } from '../common/place.js'
import { numberText } from '../common/text.js'
import { textSink } from '../common/text-sink.js'
import { rgbOf } from '../picture/colors.js'
import { patchUuid } from './uuid.js'

export interface QupathOptions {
  readonly objects: 'tile' | 'detection' | 'annotation'
}

/** Numbers that say where the patch is, which the polygon says already. */
const address = new Set(['index', 'grid_x', 'grid_y', 'x0', 'y0', 'x1', 'y1', 'base_x', 'base_y', 'base_w', 'base_h'])

export default async function openQupath({ objects }: QupathOptions, context: SinkContext): Promise<Writable> {
  requirePlace(context)
  const { columns, slide, provenance } = context
  const output = provenance.model?.outputs.find(({ kind }) => kind === 'classes')
  const classesIn = classificationOf(answersIn(context))
  const shown = shownNames(output, provenance.schemaVersion)
  // The polygon has the class itself.
  const { prediction } = classColumns(output ?? { classes: [] })
  const cell = isOldSchema(provenance.schemaVersion) ? [...renamed.keys()] : []
  const measured = columns
    .filter(({ name, type }) => isNumber(type) && !address.has(name) && name !== prediction && !cell.includes(name))
    .map(({ name, type }): Measured => ({ name, type, shown: shown.get(name) ?? name }))
  const { head, bytes } = slide.identity
  const corner = qupathCorner(slide.info) ?? { x: 0, y: 0 }
  const featuresIn = (read: NamedReaders) => {
    const [numberOf, classify, measurements, trouble, regionAt] = [
      read('index'),
      classesIn(read),
      measurementsIn(read, measured),
      troublesIn(read),
      regionsIn(read),
    ]
    return (i: number, index: number): string => {
      const id = patchUuid(head, bytes, Number(numberOf(i) ?? index))
      const properties = `{"objectType":"${objects}"${classify(i)},"isLocked":true,"measurements":{${measurements(i)}}${trouble(i)}}`
      return `{"type":"Feature","id":"${id}","geometry":${polygon(regionAt(i), corner)},"properties":${properties}}`
    }
  }
  return textSink(context, {
    head: `{"type":"FeatureCollection",${JSON.stringify({ [metadataKey]: metadataOf(context) }).slice(1, -1)},"features":[\n`,
    textsIn: (batch) => {
      const feature = featuresIn(namedReaders(columns, batch))
      return (i, index) => (index === 0 ? '' : ',\n') + feature(i, index)
    },
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

function classificationOf(answers: Answers | null): (read: NamedReaders) => (i: number) => string {
  if (!answers) return () => () => ''
  const texts = answers.classes.map(({ name, color }) => `,"classification":${JSON.stringify({ name, color: rgbOf(color) })}`)
  return (read) => {
    const prediction = answers.predictionsIn(read)
    return (i) => texts[prediction(i) ?? -1] ?? ''
  }
}

function measurementsIn(read: NamedReaders, columns: readonly Measured[]): (i: number) => string {
  const readers = columns.map(({ name, type, shown }) => ({ value: read(name), type, key: JSON.stringify(shown) }))
  return (i) => {
    const found: string[] = []
    for (const { value: valueAt, type, key } of readers) {
      const value = valueAt(i)
      const text = typeof value === 'number' ? numberText(value, type) : null
      if (text !== null) found.push(`${key}:${text}`)
    }
    return found.join(',')
  }
}

/** Why a patch has no answer, as a note QuPath shows. */
function troublesIn(read: NamedReaders): (i: number) => string {
  const statusAt = read('status')
  return (i) => {
    const status = statusAt(i)
    return typeof status === 'string' && status !== 'ok' ? `,"metadata":${JSON.stringify({ status })}` : ''
  }
}

function polygon({ x, y, width, height }: Region, corner: Corner): string {
  const [x0, y0] = [x - corner.x, y - corner.y]
  const [x1, y1] = [x0 + width, y0 + height]
  return `{"type":"Polygon","coordinates":[[[${x0},${y0}],[${x1},${y0}],[${x1},${y1}],[${x0},${y1}],[${x0},${y0}]]]}`
}
