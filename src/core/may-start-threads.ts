/** Whether Node was started so that threads can be: its permission model lets none begin unless it is told to. */

import { PipelineError } from './errors.js'

/** What @types/node of version 20 does not know. */
interface Permission {
  has(scope: string): boolean
}

/** Throws PipelineError NODE_FORBIDS. */
export function mayStartThreads(): void {
  const { permission } = process as { readonly permission?: Permission }
  if (!permission || permission.has('worker')) return
  throw new PipelineError('NODE_FORBIDS', "threads, in which slides are read, may not be started under Node's permission model", {
    hint: 'start node with --allow-worker and --allow-addons, too, or without --permission',
  })
}
