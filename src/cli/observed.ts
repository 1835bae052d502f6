/** A command that is watched: by its screen, and by whoever the environment or `--metrics` lets in. */

import { Option } from 'commander'
import { metricsPlaceOf } from '../observe/metrics-server.js'
import { type ObserveOptions, type Observer, observeRun, observeWorker } from '../observe/observe.js'
import type { Plan } from '../pipeline/plan/plan-type.js'
import type { TellRun } from '../pipeline/run/run-events.js'
import type { TellWorker, WorkerEvent } from '../queue/worker-events.js'

export const metricsOption = () =>
  new Option('--metrics <place>', 'serve /metrics to Prometheus at :9464, or at 127.0.0.1:9464 for this machine only')

type Warning = Extract<WorkerEvent, { type: 'warning' }>

interface Flags {
  readonly metrics?: string
}

/** Does `work` watched; what it throws goes to them, too, and on. All of them have had their last word when this is over. */
export const observed = <T>(plan: Plan, flags: Flags, screen: TellRun, work: (tell: TellRun) => Promise<T>): Promise<T> =>
  watched((options) => observeRun(plan, options), flags, warnOn(screen), screen, work)

/** The same for a worker, which has many plans. */
export const observedWorker = <T>(flags: Flags, screen: TellWorker, work: (tell: TellWorker) => Promise<T>): Promise<T> =>
  watched(observeWorker, flags, warnOn(screen), screen, work)

const warnOn = (screen: (event: Warning) => void) => (message: string) => screen({ type: 'warning', code: 'OBSERVE', message })

async function watched<T, E extends WorkerEvent>(
  observe: (options: ObserveOptions) => Promise<Observer>,
  { metrics }: Flags,
  warn: (message: string) => void,
  screen: (event: E) => void,
  work: (tell: (event: E) => void) => Promise<T>,
): Promise<T> {
  const observer = await observe({ metrics, warn })
  // Who asks for any free port wants to know which it is.
  if (observer.metricsPort !== undefined && metricsPlaceOf(metrics!).port === 0)
    warn(`Prometheus is answered at port ${observer.metricsPort}`)
  try {
    return await work((event) => {
      screen(event)
      observer.tell(event)
    })
  } catch (error) {
    observer.failed(error)
    throw error
  } finally {
    await observer.close()
  }
}
