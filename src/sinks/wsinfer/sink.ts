/** Opens the wsinfer sink. wsinfer counts in whole baseline pixels. */

import type { Writable } from 'node:stream'
import { SinkError } from '../../core/errors.js'
import type { SinkContext } from '../../core/sink.js'
import { answersOf, foreignProbability, numbersIn } from '../common/answers.js'
import { namedReaders } from '../common/named-readers.js'
import { regionsIn, requirePlace } from '../common/place.js'
import { csvText, fractionText } from '../common/text.js'
import { textSink } from '../common/text-sink.js'

export default async function openWsinfer(_options: unknown, context: SinkContext): Promise<Writable> {
  requirePlace(context)
  const { classes, probabilities } = answersOf(context)
  if (probabilities.length === 0) {
    throw new SinkError('CLASSES_MISSING', `${context.path} cannot be written: the rows have no probabilities`, {
      hint: 'wsinfer tables hold one prob_ column for every class',
    })
  }
  const names = ['minx', 'miny', 'width', 'height', ...classes.map(({ name }) => csvText(foreignProbability(name)))]
  let used = 0
  return textSink(context, {
    head: `${names.join(',')}\n`,
    textsIn: (batch) => {
      const read = namedReaders(context.columns, batch)
      const [numbersAt, regionAt] = [numbersIn(read, probabilities), regionsIn(read)]
      return (i) => {
        const numbers = numbersAt(i)
        if (numbers === null) return ''
        used++
        const { x, y, width, height } = regionAt(i)
        const place = [x, y, width, height].map(Math.round)
        return `${place.join(',')},${numbers.map((number) => fractionText(number, 'float32')).join(',')}\n`
      }
    },
    used: () => used,
  })
}
