/** `rows`: the user's own function shapes the rows, as a highland stream. */

import { flag, list, type Options, oneOf, shape, text, whole } from '../../core/options.js'
import { type Column, columnTypes } from '../../core/row.js'
import { defineStage } from '../../core/stage.js'

const column = shape({
  name: text(),
  type: oneOf(...columnTypes),
  nullable: flag().optional(),
  size: whole(1).optional(),
  about: text().default('Added by the rows stage.'),
})

const options = {
  module: text().describe(
    'JavaScript module, relative to the pipeline. It is your own code: it runs with all your rights, and `check` loads it to see what it exports.',
  ),
  export: text()
    .default('default')
    .describe('The function: `(rows, { highland, slide }) => rows`, both highland streams; one stream for each slide.'),
  columns: list(column).optional().describe('Columns that the function adds.'),
  keep: list(text()).optional().describe('Names of the columns that stay; all unless given.'),
}

export type RowsOptions = Options<typeof options>

export default defineStage({
  name: 'rows',
  from: 'rows',
  to: 'rows',
  placement: 'rows',
  summary: 'Shape the rows with a function of your own: map, filter, group, as a highland stream.',
  options,
  problems: ({ columns = [], keep }) => [
    ...columns.filter(({ type, size }) => (type === 'vector') !== (size !== undefined)).map(sizeProblem),
    ...(keep?.length === 0 && columns.length === 0 ? ['keep: [] leaves the rows without a column: name one, or say columns:'] : []),
  ],
  columns: ({ columns = [] }) => columns.map(plain),
  wants: ({ columns = [], keep = [] }) => keep.filter((name) => !columns.some((added) => added.name === name)),
  shapes: ({ columns = [], keep }, _, before) => [
    ...before.filter(({ name }) => keep === undefined || keep.includes(name)),
    ...columns.map(plain),
  ],
  holds: () => 0,
  examples: ['rows: { module: ./shape.js }', 'rows: { module: ./shape.js, export: tumourOnly, columns: [{ name: score, type: float32 }] }'],
})

type Declared = NonNullable<RowsOptions['columns']>[number]

const sizeProblem = ({ name, type }: Declared) =>
  type === 'vector' ? `column '${name}' is a vector and needs a size` : `column '${name}' is ${type} and has no size`

const plain = ({ name, type, nullable, size, about }: Declared): Column => ({
  name,
  type,
  about,
  ...(nullable === undefined ? {} : { nullable }),
  ...(size === undefined ? {} : { size }),
})
