/** The columns of the rows: who they are and where first, then what each stage adds, then what the source carries; last what shapes them. */

import { renamed } from '../../core/columns/old-names.js'
import { sameName } from '../../core/columns/plain-name.js'
import type { Column } from '../../core/row.js'
import type { AnyStageSpec, PlanContext } from '../../core/stage.js'
import { didYouMean } from '../../core/text/did-you-mean.js'
import type { Position, ProblemList } from '../document/problems.js'
import type { PlannedStage } from '../plan/plan-type.js'
import type { Draft } from './check-shape.js'

export interface Columns {
  /** As `merge` gives them. */
  readonly merged: readonly Column[]
  /** As the sinks get them, after the stages that shape rows. */
  readonly final: readonly Column[]
  /** The stages, each with the columns of the rows that it takes and gives. */
  readonly stages: readonly PlannedStage[]
}

/** A stage or source that gives columns, and where it stands. */
interface Giver {
  readonly where: string
  readonly at: Position
  readonly columns: readonly Column[]
  /** Their names are those of a list, where they can be written otherwise. */
  readonly isList?: boolean
}

/** `stages` are the drafts filled in, one for one. `carried` is what the source brings. */
export function columnsOf(
  drafts: readonly Draft<AnyStageSpec>[],
  stages: readonly PlannedStage[],
  context: PlanContext,
  carried: Giver,
  problems: ProblemList,
): Columns {
  const all = drafts.map((draft, i) => ({ draft, options: stages[i]!.options }))
  const giver = ({ draft: { spec, where, at }, options }: (typeof all)[number]): Giver => ({
    where,
    at,
    columns: spec.columns?.(options, context) ?? [],
  })
  const merge = all.filter(({ draft: { spec } }) => spec.to === 'rows' && spec.from !== 'rows')
  const before = all.filter(({ draft: { spec } }) => spec.to !== 'rows')
  const merged = together([...merge.map(giver), ...before.map(giver), { ...carried, isList: true }], problems)
  let final = merged
  const planned = [...stages]
  for (const [i, { draft, options }] of all.entries()) {
    if (draft.spec.to !== 'rows') continue
    if (draft.spec.from !== 'rows') {
      planned[i] = { ...stages[i]!, gives: merged }
      continue
    }
    const takes = final
    const { shapes, wants } = draft.spec
    const { where, at } = draft
    for (const name of wants?.(options) ?? []) unknown(name, final, { where, at }, problems)
    final = shapes
      ? together([{ where, at, columns: shapes(options, context, final) }], problems)
      : together([{ where: 'the rows', at, columns: final }, giver({ draft, options })], problems)
    planned[i] = { ...stages[i]!, takes, gives: final }
  }
  return { merged, final, stages: planned }
}

/**
 * All columns in a row; a name that is there twice is a problem of the later one, told once: what follows sees it once. Capital and small
 * letters are no difference: programs of SQL would take both names for one.
 */
function together(givers: readonly Giver[], problems: ProblemList): readonly Column[] {
  const seen = new Map<string, Given>()
  return givers
    .map(({ where, at, columns, isList }) => ({
      columns: columns.filter(({ name }) => {
        const other = seen.get(sameName(name))
        if (other) problems.add('COLUMN_CLASH', at, where, clash(name, other, where, isList))
        else seen.set(sameName(name), { name, where })
        return other === undefined
      }),
    }))
    .flatMap(({ columns }) => columns)
}

/** A column that is not there would be left out without a word. */
function unknown(name: string, known: readonly Column[], { where, at }: Pick<Giver, 'where' | 'at'>, problems: ProblemList): void {
  const names = known.map((column) => column.name)
  if (names.includes(name)) return
  const meant = renamed.has(name) ? `, which is '${renamed.get(name)}' now` : didYouMean(name, names) || `: there are ${names.join(', ')}`
  problems.add('COLUMN_UNKNOWN', at, where, `names a column '${name}' that is not there${meant}`)
}

interface Given {
  readonly name: string
  readonly where: string
}

function clash(name: string, other: Given, where: string, isList = false): string {
  // In a list `slide` is mostly what the slide is called.
  const rename = isList && sameName(name) === 'slide' ? '; rename it: to id, if the slide is to be called so' : '; rename it'
  if (name === other.name)
    return `gives a column '${name}', which ${other.where === where ? 'it' : other.where} gives already${isList ? rename : ''}`
  const beside = other.where === where ? `'${other.name}'` : `'${other.name}' of ${other.where}`
  return `gives a column '${name}' beside ${beside}: DuckDB and Spark take both names for one${rename}`
}
