/** `tiastream models list`: the pretrained models, and those that are here. */

import { Command } from 'commander'
import { formatResolution } from '../../core/options.js'
import { installedModels } from '../../models/find.js'
import { isHere, readZoo, type ZooModel } from '../../models/zoo/zoo.js'

export function listCommand(): Command {
  return new Command('list')
    .description('the pretrained models: classes, patch, resolution, published F1, licence, and whether each is here')
    .option('--here', 'only models that are here', false)
    .option('--json', 'print everything as JSON: sources, class names and colours too', false)
    .action(async (flags: { readonly here: boolean; readonly json: boolean }) => {
      process.stdout.write(await modelList(flags))
    })
}

export async function modelList({ here, json }: { readonly here: boolean; readonly json: boolean }): Promise<string> {
  const zoo = await Promise.all((await readZoo()).map(async (model) => ({ ...model, here: await isHere(model.name) })))
  const shown = here ? zoo.filter((model) => model.here) : zoo
  const known = new Set(zoo.map((model) => model.name))
  const own = (await installedModels()).filter((name) => !known.has(name))
  if (json) return `${JSON.stringify({ pretrained: shown, others: own }, null, 2)}\n`
  const rows = shown.map((model) => [
    model.name,
    String(model.classes.length),
    `${model.size} px at ${formatResolution(model.at)}`,
    model.f1.toFixed(3),
    model.licence,
    model.here ? 'here' : '',
  ])
  const lines = shown.length > 0 ? [table(['name', 'classes', 'patch', 'F1', 'licence', ''], rows), ...legend(shown)] : []
  if (own.length > 0) lines.push(`other models here: ${own.join(', ')}`)
  return `${lines.join('\n')}\n`
}

function legend(models: readonly ZooModel[]): string[] {
  const sets = new Map(models.map((model) => [model.set, model]))
  return [
    '',
    ...[...sets.values()].map(({ set, about, classes }) => `${set}: ${about}\n  ${classes.map((c) => `${c.name} ${c.about}`).join(', ')}`),
    'Fetch one with: tiastream models pull NAME',
  ]
}

/** Columns as wide as their widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
