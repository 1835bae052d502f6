/** `tiastream docs`: the reference of every source, stage, sink and option, as Markdown. */

import { Command } from 'commander'
import { defaultEnvironment } from '../pipeline/environment/default.js'
import { reference } from '../pipeline/plan/docs.js'

export function docsCommand(): Command {
  return new Command('docs').description('print the reference of every source, stage, sink and option').action(() => {
    process.stdout.write(reference(defaultEnvironment))
  })
}
