/** `tiastream docs`: the reference of every source, stage, sink and option, as Markdown. */

import { Command } from 'commander'
import { readEnvironment } from '../pipeline/check/check.js'
import { defaultEnvironment } from '../pipeline/environment/default.js'
import { reference } from '../pipeline/plan/docs.js'
import { noPluginsOption } from './plugins-option.js'
import { answer } from './say.js'

export function docsCommand(): Command {
  return new Command('docs')
    .description('print the reference of every source, stage, sink and option')
    .argument('[pipeline]', 'a pipeline file, for the parts of its plugins, too')
    .addOption(noPluginsOption())
    .action(async (file: string | undefined, { plugins }: { plugins: boolean }) => {
      answer(reference(file === undefined ? defaultEnvironment : await readEnvironment(file, { plugins })))
    })
}
