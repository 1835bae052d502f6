/** The pretrained models as tables: for a terminal, and for the docs. */

import { formatResolution } from '../../core/text/resolution-text.js'
import type { ZooModel } from './zoo.js'

export type ListedModel = ZooModel & { readonly here: boolean }

/** A line a model, and under it what the sets are. */
export function plainTable(models: readonly ListedModel[]): string {
  const rows = models.map((model) => [
    model.name,
    String(model.classes.length),
    `${model.size} px at ${formatResolution(model.at)}`,
    model.f1.toFixed(3),
    model.licence,
    sourceOf(model),
    model.here ? 'here' : '',
  ])
  const legend = setsOf(models).map(
    ({ set, about, classes }) => `${set}: ${about}\n  ${classes.map((c) => `${c.name} ${c.about} (${c.color})`).join(', ')}`,
  )
  return [aligned(['name', 'classes', 'patch', 'F1', 'licence', 'source', ''], rows), '', ...legend].join('\n')
}

/** As Markdown: a table of the sets with their classes, and one of the networks. */
export function markdownTables(models: readonly ZooModel[]): string {
  const sets = setsOf(models)
  const networks = [...new Set(models.map((model) => model.architecture))]
  const scores = networks.map((network) => [
    `\`${network}\``,
    ...sets.map(({ set }) => models.find((m) => m.architecture === network && m.set === set)?.f1.toFixed(3) ?? ''),
  ])
  const facts = sets.map((m) => [
    `\`…-${m.set}\``,
    m.about,
    `${m.size} px at ${formatResolution(m.at)}`,
    m.classes.map((c, i) => `${i} **${c.name}** ${c.about} \`${c.color}\``).join('<br>'),
    m.licence,
  ])
  const first = markdown(['set', 'trained on', 'patch', 'classes, in order', 'licence of the weights'], facts)
  const second = markdown(['network', ...sets.map(({ set }) => `F1 \`-${set}\``)], scores)
  return `${first}\n\n${second}`
}

const setsOf = (models: readonly ZooModel[]): readonly ZooModel[] => [...new Map(models.map((model) => [model.set, model])).values()]

/** Whose the first source is: host and owner. */
function sourceOf({ sources }: ZooModel): string {
  const { host, pathname } = new URL(sources[0]!)
  return `${host}/${pathname.split('/')[1]}`
}

/** Columns as wide as their widest cell. */
function aligned(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const line = (row: readonly string[]) => row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')
  return [head, ...rows].map((row) => line(row).trimEnd()).join('\n')
}

const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
