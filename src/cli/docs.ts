/** `tiastream docs`: the reference of every source, stage, sink and option, as Markdown. */

import { Command } from 'commander'
import { reference } from '../pipeline/plan/docs.js'
import { registries } from '../pipeline/plan/registries.js'

export function docsCommand(): Command {
  return new Command('docs').description('print the reference of every source, stage, sink and option').action(() => {
    process.stdout.write(reference(registries))
  })
}
