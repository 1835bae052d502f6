/** `tiastream retry`: puts slides that failed into their queue again. */

import { Command } from 'commander'
import { PipelineError } from '../core/errors.js'
import { counted } from '../core/text/counted.js'
import { someOf } from '../core/text/some-of.js'
import { begunEvent, tellQueued } from '../observe/lineage/queued.js'
import { retry } from '../queue/change.js'
import { openEngine } from '../queue/engine/engine.js'
import { addressOf, queueOption } from './queue-option.js'
import { answer } from './say.js'
import { warnHere } from './warn-here.js'

interface RetryFlags {
  readonly queue?: string
  readonly run?: string
  readonly failed: boolean
}

export function retryCommand(): Command {
  return new Command('retry')
    .description('put slides of a run into its queue again: those named, or all that failed')
    .argument('[slide...]', 'ids of slides')
    .addOption(queueOption())
    .option('--run <name>', 'the run; needed where the queue holds several')
    .option('--failed', 'all that failed', false)
    .action(async (slides: string[], { queue, run, failed }: RetryFlags) => {
      if (failed === slides.length > 0) {
        throw new PipelineError('USAGE', failed ? '--failed goes without slides' : 'retry names slides, or --failed', {
          hint: 'tiastream retry --queue … --failed, or: tiastream retry --queue … slide-17 slide-18',
        })
      }
      const engine = await openEngine(addressOf(queue))
      try {
        const retried = await retry(engine, run, slides, { waits: warnHere }).catch((error: unknown) => {
          throw engine.failed(error)
        })
        const named = someOf(retried.slides, 5)
        answer(`${retried.record.run}: ${counted(retried.slides.length, 'slide')} in the queue again${named === '' ? '' : `: ${named}`}\n`)
        if (retried.begun) await tellQueued((env) => begunEvent(retried.record, env), warnHere)
      } finally {
        await engine.close()
      }
    })
}
