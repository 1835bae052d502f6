/** A command that is watched: by its screen, and by whoever the environment or `--metrics` lets in. */

import { Option } from 'commander'
import { metricsPlaceOf } from '../observe/metrics-server.js'
import { type Observer, observeRun } from '../observe/observe.js'
import type { Plan } from '../pipeline/plan/plan-type.js'
import type { TellRun } from '../pipeline/run/run-events.js'

export const metricsOption = () =>
  new Option('--metrics <place>', 'answer Prometheus at /metrics: :9464, or 127.0.0.1:9464 for this machine only')

/** Does `work` watched; what it throws goes to them, too, and on. All of them have had their last word when this is over. */
export async function observed<T>(
  plan: Plan,
  { metrics }: { readonly metrics?: string },
  tellScreen: TellRun,
  work: (tell: TellRun) => Promise<T>,
): Promise<T> {
  const warn = (message: string) => tellScreen({ type: 'warning', code: 'OBSERVE', message })
  const observer = await observeRun(plan, { metrics, warn })
  sayPort(observer, metrics, warn)
  try {
    return await work((event) => {
      tellScreen(event)
      observer.tell(event)
    })
  } catch (error) {
    observer.failed(error)
    throw error
  } finally {
    await observer.close()
  }
}

/** Who asks for any free port wants to know which it is. */
export function sayPort({ metricsPort }: Observer, metrics: string | undefined, say: (message: string) => void): void {
  if (metricsPort !== undefined && metricsPlaceOf(metrics!).port === 0) say(`Prometheus is answered at port ${metricsPort}`)
}
