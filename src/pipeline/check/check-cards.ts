/** The cards of all models that a pipeline names. By convention the options `model` and `like` of a stage hold a model's name. */

import { TiastreamError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import type { AnyStageSpec } from '../../core/stage.js'
import { inOneLine } from '../../core/text/in-one-line.js'
import { readCard } from '../../models/card/card.js'
import { findModel } from '../../models/card/find.js'
import type { ProblemList } from '../document/problems.js'
import { nodeAt } from '../document/yaml-node.js'
import type { Draft } from './check-shape.js'

const modelOptions = ['model', 'like'] as const

export type Cards = Readonly<Record<string, ModelCard>>

interface Place {
  /** Where relative paths start. */
  readonly folder: string
  readonly signal: AbortSignal | null | undefined
}

/** Cards by name; a model that is absent or wrong is told once, where it is named first. */
export async function readCards(stages: readonly Draft<AnyStageSpec>[], { folder, signal }: Place, problems: ProblemList): Promise<Cards> {
  const cards: Record<string, ModelCard> = Object.create(null)
  const failed = new Set<string>()
  for (const { options, node, at, where } of stages) {
    for (const key of modelOptions) {
      const name = options?.[key]
      if (typeof name !== 'string' || name in cards || failed.has(name)) continue
      try {
        cards[name] = await readCard(await findModel(name, folder, signal ?? undefined))
      } catch (error) {
        if (!(error instanceof TiastreamError)) throw error
        failed.add(name)
        // A card tells all that is wrong with it, a line each.
        for (const line of error.message.split('\n'))
          problems.addApart(
            error.code,
            node ? nodeAt(node, [key]).at : at,
            `${where}.${key}`,
            inOneLine({ message: line, hint: error.hint }),
          )
      }
    }
  }
  return cards
}
