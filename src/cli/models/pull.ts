/** `tiastream models pull`: fetches pretrained models and converts them. */

import { Command } from 'commander'
import { type PullOptions, pullModel } from '../../workshop/zoo/pull.js'
import { isHere } from '../../workshop/zoo/zoo.js'
import { answer, aside } from '../say.js'
import { type SignalStop, stopOnSignal } from '../stop-on-signal.js'
import { progressOf } from './progress.js'

interface PullFlags {
  readonly from?: string
  readonly mirror?: string
  readonly sha256?: string
  readonly logits: boolean
  readonly features: boolean
  readonly keep: boolean
  readonly force: boolean
}

export function pullCommand(): Command {
  return new Command('pull')
    .description('fetch the original weights of pretrained models and convert them; a broken download is taken up again')
    .argument('<name...>', 'names, as tiastream models list shows them')
    .option('--from <file|url>', 'weights that are here already, or at another place (.pth or .safetensors)')
    .option('--mirror <url>', 'a folder of NAME.pth, or a URL with {name}, tried first')
    .option('--sha256 <hex>', 'what the weights must hash to')
    .option('--logits', 'also give the head before softmax', false)
    .option('--features', 'also give the pooled features', false)
    .option('--keep', 'keep the weights beside the model', false)
    .option('--force', 'pull again what is here already', false)
    .action(async (names: string[], { force, ...flags }: PullFlags, command: Command) => {
      if (names.length > 1 && (flags.from !== undefined || flags.sha256 !== undefined)) {
        command.error('--from and --sha256 are for one model')
      }
      const stop = stopOnSignal()
      try {
        const all = await eachUntil(stop.signal, names, async (name) => {
          if (!force && (await isHere(name))) answer(`${name} is here already (--force pulls it again)\n`)
          else await pull(name, flags, stop)
        })
        if (!all) process.exitCode = stop.exitCode()
      } finally {
        stop.forget()
      }
    })
}

/** One after the other; false where the signal left some. It may come as one is ready, which then knows of no stop. */
export async function eachUntil(signal: AbortSignal, names: readonly string[], one: (name: string) => Promise<void>): Promise<boolean> {
  for (const name of names) {
    if (signal.aborted) return false
    await one(name)
  }
  return true
}

async function pull(name: string, flags: Omit<PullFlags, 'force'>, stop: SignalStop): Promise<void> {
  const progress = progressOf(name)
  try {
    const options: PullOptions = { ...flags, signal: stop.signal, onStep: progress.step, onProgress: progress.bytes }
    const card = await pullModel(name, options)
    progress.close()
    answer(`${name} is ready: ${card.folder}\n  licence ${card.licence ?? 'unknown'}, from ${card.source ?? 'unknown'}\n`)
  } catch (error) {
    if (!stop.signal.aborted) throw error
    progress.close()
    process.exitCode = stop.exitCode()
    aside(`${name}: stopped; run it again to go on\n`)
  } finally {
    progress.close()
  }
}
