/** `tiastream schema`: the JSON Schema of pipeline files, for editors. */

import { Command } from 'commander'
import { readEnvironment } from '../pipeline/check/check.js'
import { defaultEnvironment } from '../pipeline/environment/default.js'
import { pipelineSchema } from '../pipeline/plan/schema.js'
import { noPluginsOption } from './plugins-option.js'
import { answer } from './say.js'

export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of pipeline files; editors complete and explain from it')
    .argument('[pipeline]', 'a pipeline file, for the parts of its plugins, too')
    .addOption(noPluginsOption())
    .action(async (file: string | undefined, { plugins }: { plugins: boolean }) => {
      const environment = file === undefined ? defaultEnvironment : await readEnvironment(file, { plugins })
      answer(`${JSON.stringify(pipelineSchema(environment), null, 2)}\n`)
    })
}
