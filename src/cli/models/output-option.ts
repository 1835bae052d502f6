/** `-o, --output FOLDER` of the commands that make a model. Said once: it was the name of the model's own output in tiastream 0.1. */

import { type Command, InvalidArgumentError, Option } from 'commander'
import { folderHere } from '../../core/files/folder-here.js'

/** `--out` is how 0.1 called it; it means nothing else, so it still works. */
export function withOutput(command: Command, about: string, { needed = false } = {}): Command {
  return command
    .addOption(new Option('-o, --output <folder>', about).argParser(once).makeOptionMandatory(needed))
    .addOption(new Option('--out <folder>').hideHelp())
    .on('option:out', (folder: string) => command.setOptionValueWithSource('output', folderHere('--out', folder), 'cli'))
}

function once(folder: string, before: string | undefined): string {
  if (before === undefined) return folderHere('-o', folder)
  throw new InvalidArgumentError('It is the folder to make, and is given twice; --model-output names the output of a model.')
}
