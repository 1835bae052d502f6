/** Why a text is no YAML, in the order of its lines: each cause once, and nothing of what follows from it. */

import { columnSlip, linesOf, tabSlip } from './yaml-columns.js'
import { scan } from './yaml-scan.js'
import type { Slip } from './yaml-slip.js'

/** What a person writes; in anything larger nothing is looked for, since a search may take the square of a line. */
const most = { letters: 100_000, inLine: 1000 } as const

export function slipsOf(source: string): readonly Slip[] {
  if (source.length > most.letters || source.split('\n').some((line) => line.length > most.inLine)) return []
  const { lines, slips: all } = scan(source)
  const tab = tabSlip(lines)
  if (tab) return [tab]
  // A tab inside brackets is white space as a rule: it is told where nothing else is.
  const [flowTab] = all.filter(({ kind }) => kind === 'flow-tab')
  const slips = all.filter(({ kind }) => kind !== 'flow-tab')
  // After a quote without its second the rest of the text is a guess.
  const lost = slips.find(({ kind }) => kind === 'quote' || kind === 'bracket')
  const told = together(lost ? slips.slice(0, slips.indexOf(lost) + 1) : slips)
  if (told.length > 0) return told
  const column = columnSlip(lines)
  if (column) return [column]
  return flowTab ? [flowTab] : []
}

/** One of each kind, which names the others. */
function together(slips: readonly Slip[]): readonly Slip[] {
  const kinds = [...new Set(slips.map(({ kind }) => kind))]
  return kinds.map((kind) => {
    const [first, ...others] = slips.filter((slip) => slip.kind === kind) as [Slip, ...Slip[]]
    const texts = others.filter(({ line, text }) => line === first.line && text !== undefined).map(({ text }) => text)
    const lines = others.filter(({ line }) => line !== first.line).map(({ line }) => line)
    const also = [...new Set(texts), ...(lines.length === 0 ? [] : [`in ${linesOf(lines)}`])]
    return also.length === 0 ? first : { ...first, message: `${first.message} (also ${also.join(', ')})` }
  })
}
