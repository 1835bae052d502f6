/** `tiastream init`: a pipeline to begin with, in the folder where the user stands. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Argument, Command } from 'commander'
import { PipelineError, SinkError } from '../core/errors.js'
import { firstPipelines, type Kind } from './init-pipelines.js'
import { answer } from './say.js'

export function initCommand(): Command {
  return new Command('init')
    .description('write a commented pipeline into this folder: slides.yml, tiles.yml or patches.yml')
    .addArgument(new Argument('[kind]', 'what you have').choices(Object.keys(firstPipelines)).default('slides'))
    .action(async (kind: Kind) => {
      const file = await init(kind, process.cwd())
      answer(
        `${path.basename(file)} is written: say in it where your ${kind} are (${firstPipelines[kind].where}:), then\n` +
          `  tiastream check ${path.basename(file)}\n  tiastream run ${path.basename(file)}\n`,
      )
    })
}

/** Writes the pipeline and gives its path. A file that is there is never replaced. */
export async function init(kind: Kind, folder: string): Promise<string> {
  const file = path.join(folder, `${kind}.yml`)
  await writeFile(file, firstPipelines[kind].text, { flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST')
      throw new PipelineError('OUTPUT_EXISTS', `${file} is there already`, { hint: 'rename it, or begin in another folder' })
    throw new SinkError('OUTPUT_DENIED', `${file} cannot be written: ${cause.message}`, {
      hint: 'begin in a folder that you may write to',
      cause,
    })
  })
  return file
}
