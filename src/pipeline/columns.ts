/** The columns of the rows: who they are and where first, then what each stage adds, then what the source carries. */

import type { Column } from '../core/row.js'
import type { AnyStageSpec, PlanContext } from '../core/stage.js'
import type { Draft } from './check-shape.js'
import type { PlannedStage } from './plan-type.js'
import type { ProblemList } from './problems.js'

export interface Columns {
  /** As `merge` gives them. */
  readonly merged: readonly Column[]
  /** As the sinks get them, after the stages that shape rows. */
  readonly final: readonly Column[]
}

interface Owned {
  readonly column: Column
  readonly owner: string
}

/** `stages` are `drafts` filled in (without a hidden stage in front of them: `hidden` tells its columns). */
export function columnsOf(
  drafts: readonly Draft<AnyStageSpec>[],
  stages: readonly PlannedStage[],
  context: PlanContext,
  carried: readonly Column[],
  problems: ProblemList,
): Columns {
  const asked = drafts.map((draft, i): Owned[] => {
    const added = draft.spec.columns?.(stages[i]!.options, context) ?? []
    return added.map((column) => ({ column, owner: draft.where }))
  })
  const merge = drafts.findIndex(({ spec }) => spec.to === 'row' && spec.from !== 'row')
  const before = asked.filter((_, i) => i !== merge && drafts[i]!.spec.from !== 'row').flat()
  const after = asked.filter((_, i) => drafts[i]!.spec.from === 'row').flat()
  const own = asked[merge] ?? []
  const merged = unique([...own, ...before, ...carried.map((column) => ({ column, owner: 'the source' }))], drafts, problems)
  return { merged, final: unique([...merged.map((column) => ({ column, owner: 'merge' })), ...after], drafts, problems) }
}

function unique(owned: readonly Owned[], drafts: readonly Draft<AnyStageSpec>[], problems: ProblemList): readonly Column[] {
  const seen = new Map<string, string>()
  for (const { column, owner } of owned) {
    const other = seen.get(column.name)
    if (other === undefined) seen.set(column.name, owner)
    else {
      const stage = drafts.find(({ where }) => where === owner) ?? drafts.find(({ where }) => where === other)
      const at = stage?.at ?? { line: 1, column: 1 }
      problems.add('COLUMN_CLASH', at, owner, `gives a column '${column.name}', which ${other === owner ? 'it' : other} gives already`)
    }
  }
  return owned.map(({ column }) => column)
}
