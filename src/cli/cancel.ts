/** `tiastream cancel`: takes a run out of its queue. Its results stay. */

import { Command } from 'commander'
import { cancelledEvent, tellQueued } from '../observe/lineage/queued.js'
import { cancel } from '../queue/change.js'
import { openEngine } from '../queue/engine/engine.js'
import { addressOf, queueOption } from './queue-option.js'
import { answer } from './say.js'
import { warnHere } from './warn-here.js'

export function cancelCommand(): Command {
  return new Command('cancel')
    .description('take a run out of its queue; results and journals stay, and the same run submitted again goes on')
    .argument('<run>', 'name of the run')
    .addOption(queueOption())
    .action(async (run: string, { queue }: { readonly queue?: string }) => {
      const engine = await openEngine(addressOf(queue))
      try {
        const cancelled = await cancel(engine, run, { waits: warnHere }).catch((error: unknown) => {
          throw engine.failed(error)
        })
        const atWork = cancelled.active > 0 ? `; ${cancelled.active} at work, which their workers give up` : ''
        answer(`${cancelled.record.run}: out of the queue, ${cancelled.waiting} were waiting${atWork}\n`)
        if (!cancelled.over) await tellQueued((env) => cancelledEvent(cancelled.record, env), warnHere)
      } finally {
        await engine.close()
      }
    })
}
