/** `tiastream models list`: the pretrained models, and those that are here. */

import { Command } from 'commander'
import { installedModels } from '../../models/card/find.js'
import { markdownTables, plainTable } from '../../workshop/zoo/table.js'
import { isHere, readZoo } from '../../workshop/zoo/zoo.js'
import { answer } from '../say.js'

interface ListFlags {
  readonly here?: boolean
  readonly json?: boolean
  readonly markdown?: boolean
}

export function listCommand(): Command {
  return new Command('list')
    .description('the pretrained models: classes, patch, resolution, published F1, licence, and whether each is here')
    .option('--here', 'only models that are here', false)
    .option('--json', 'print everything as JSON: sources, class names and colours too', false)
    .option('--markdown', 'print the tables of the docs', false)
    .action(async (flags: ListFlags) => {
      answer(await modelList(flags))
    })
}

export async function modelList({ here = false, json = false, markdown = false }: ListFlags): Promise<string> {
  const zoo = await Promise.all((await readZoo()).map(async (model) => ({ ...model, here: await isHere(model.name) })))
  const shown = here ? zoo.filter((model) => model.here) : zoo
  const known = new Set(zoo.map((model) => model.name))
  const others = (await installedModels()).filter((name) => !known.has(name))
  if (json) return `${JSON.stringify({ pretrained: shown, others }, null, 2)}\n`
  if (markdown) return `${markdownTables(shown)}\n`
  const lines = shown.length > 0 ? [plainTable(shown), 'Fetch one with: tiastream models pull NAME'] : []
  if (others.length > 0) lines.push(`other models here: ${others.join(', ')}`)
  return `${lines.join('\n')}\n`
}
