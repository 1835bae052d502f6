/** `tiastream schema`: the JSON Schema of pipeline files, for editors. */

import { Command } from 'commander'
import { defaultEnvironment } from '../pipeline/environment/default.js'
import { pipelineSchema } from '../pipeline/plan/schema.js'

export function schemaCommand(): Command {
  return new Command('schema').description('print the JSON Schema of pipeline files; editors complete and explain from it').action(() => {
    process.stdout.write(`${JSON.stringify(pipelineSchema(defaultEnvironment), null, 2)}\n`)
  })
}
