/** `tiastream models`: the pretrained models, and bringing one's own. One file a command below it. */

import { Command } from 'commander'
import { convertCommand } from './convert.js'
import { importCommand } from './import.js'
import { listCommand } from './list.js'
import { pullCommand } from './pull.js'
import { quantizeCommand } from './quantize.js'
import { verifyCommand } from './verify.js'

export function modelsCommand(): Command {
  return new Command('models')
    .description('list, fetch, import, check and convert models')
    .addCommand(listCommand())
    .addCommand(pullCommand())
    .addCommand(convertCommand())
    .addCommand(importCommand())
    .addCommand(verifyCommand())
    .addCommand(quantizeCommand())
}
