/** The tables of an output folder, one at a time, and the classes they speak of. */

import { provenanceFor } from '../core/columns/asked.js'
import { type ClassColumns, classColumns } from '../core/columns/output-columns.js'
import { PipelineError } from '../core/errors.js'
import { counted } from '../core/text/counted.js'
import { openParquet, type Table } from '../sinks/parquet/read.js'
import type { Results, SlideResult } from './open.js'

/** A class as the model's card names and colours it. */
export interface ResultClass {
  readonly name: string
  /** `#rrggbb`. */
  readonly color: string
  /** The column of its probability; null when the table has none. */
  readonly column: string | null
}

/** The slides that have a table. Throws NO_TABLE when the run wrote none at all. */
export function withTables({ folder, slides }: Results): readonly (SlideResult & { readonly table: string })[] {
  const found = slides.filter((slide): slide is SlideResult & { table: string } => slide.table !== null)
  if (found.length > 0) return found
  const done = slides.filter(({ receipt }) => receipt.status === 'done').length
  throw new PipelineError(
    'NO_TABLE',
    `${folder} holds no Parquet table: ${done} of ${counted(slides.length, 'slide')} ${done === 1 ? 'is' : 'are'} done`,
    {
      hint:
        done === 0
          ? 'run the pipeline until a slide is done'
          : 'add the parquet sink to the pipeline and run it again: only what is missing is made',
    },
  )
}

/** The table of a slide, and of several models the one to look at. */
export interface TableOfSlide {
  readonly id: string
  readonly table: string
  readonly model?: string | undefined
}

/**
 * Throws TABLE_FOREIGN or TABLE_UNREADABLE; TABLE_FOREIGN also when the table is that of another slide; OPTION_INVALID when it does not speak of
 * the model.
 */
export async function tableOf({ id, table, model }: TableOfSlide): Promise<Table> {
  const opened = await openParquet(table)
  if (opened.metadata.slide.id === id) return model === undefined ? opened : { ...opened, metadata: about(model, opened.metadata) }
  throw new PipelineError('TABLE_FOREIGN', `${table} is the table of ${opened.metadata.slide.id}, but the receipt is that of ${id}`, {
    hint: 'run the pipeline again with --redo',
    at: { slide: id },
  })
}

function about(model: string, metadata: Table['metadata']): Table['metadata'] {
  const found = provenanceFor(metadata, model)
  if (typeof found !== 'string') return found
  throw new PipelineError('OPTION_INVALID', `model ${found}`)
}

/** The classes of the model, in its order; none for a model without classes. */
export function classesOf({ metadata, columns }: Pick<Table, 'metadata' | 'columns'>): readonly ResultClass[] {
  const output = metadata.model?.outputs.find(({ kind }) => kind === 'classes')
  const names = new Set(columns.map(({ name }) => name))
  if (!output) return []
  const { probabilities } = classColumns(output, metadata.schemaVersion)
  return output.classes.map(({ name, color }, i) => {
    const column = probabilities[i]!
    return { name, color, column: names.has(column) ? column : null }
  })
}

/** What the columns are called that say of a patch which class it is. */
export function namesOf({ metadata }: Pick<Table, 'metadata'>): Pick<ClassColumns, 'prediction' | 'class'> {
  return classColumns(metadata.model?.outputs.find(({ kind }) => kind === 'classes') ?? { classes: [] })
}

export const hasColumn = ({ columns }: Pick<Table, 'columns'>, name: string): boolean => columns.some((column) => column.name === name)
