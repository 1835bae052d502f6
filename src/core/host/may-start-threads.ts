/** Whether threads can be: Node's permission model lets none begin unless it is told to, and the system only so many. */

import { moreThreads, PipelineError, SinkError } from '../errors.js'

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

/** Throws SinkError TOO_MANY_THREADS where the system has no room for them. */
export function startThreads<T>(start: () => T): T {
  try {
    return start()
  } catch (cause) {
    if (!(cause instanceof Error && cause.message === 'EAGAIN')) throw cause
    throw new SinkError('TOO_MANY_THREADS', 'the system lets no more threads begin (EAGAIN)', { hint: moreThreads, cause })
  }
}
