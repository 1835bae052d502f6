/** The columns of the rows: who they are and where first, then what each stage adds, then what the source carries; last what shapes them. */

import type { Column } from '../core/row.js'
import type { AnyStageSpec, PlanContext } from '../core/stage.js'
import type { Draft } from './check-shape.js'
import type { PlannedStage } from './plan-type.js'
import type { Position, ProblemList } from './problems.js'

export interface Columns {
  /** As `merge` gives them. */
  readonly merged: readonly Column[]
  /** As the sinks get them, after the stages that shape rows. */
  readonly final: readonly Column[]
}

/** A stage or source that gives columns, and where it stands. */
interface Giver {
  readonly where: string
  readonly at: Position
  readonly columns: readonly Column[]
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
  const merge = all.filter(({ draft: { spec } }) => spec.to === 'row' && spec.from !== 'row')
  const before = all.filter(({ draft: { spec } }) => spec.to !== 'row')
  const merged = together([...merge.map(giver), ...before.map(giver), carried], problems)
  let final = merged
  for (const { draft, options } of all) {
    if (draft.spec.from !== 'row') continue
    const { shapes } = draft.spec
    const { where, at } = draft
    final = shapes
      ? together([{ where, at, columns: shapes(options, context, final) }], problems)
      : together([{ where: 'the rows', at, columns: final }, giver({ draft, options })], problems)
  }
  return { merged, final }
}

/** All columns in a row; a name that is there twice is a problem of the later one, told once: what follows sees it once. */
function together(givers: readonly Giver[], problems: ProblemList): readonly Column[] {
  const seen = new Map<string, string>()
  return givers
    .map(({ where, at, columns }) => ({
      columns: columns.filter(({ name }) => {
        const other = seen.get(name)
        if (other === undefined) seen.set(name, where)
        else problems.add('COLUMN_CLASH', at, where, `gives a column '${name}', which ${other === where ? 'it' : other} gives already`)
        return other === undefined
      }),
    }))
    .flatMap(({ columns }) => columns)
}
