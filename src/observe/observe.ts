/**
 * Who watches a run, or a worker, besides its screen: Prometheus, OpenTelemetry, OpenLineage, by what the caller and the environment ask
 * for. All of them live on the events; none of them slows the run down or fails it: what goes wrong is one warning.
 */

import { withoutSecrets } from '../core/address.js'
import { aFunction, anObject, aText, type Kind, mustBeOptions } from '../core/argument.js'
import { recordOf } from '../core/errors.js'
import { mustBePlan } from '../pipeline/plan/must-be-plan.js'
import type { Plan } from '../pipeline/plan/plan-type.js'
import { tiastreamVersion } from '../pipeline/plan/version.js'
import type { TellWorker, WorkerEvent } from '../queue/worker-events.js'
import { Lineage } from './lineage/lineage.js'
import { gatheredEvent, namespaceIn } from './lineage/queued.js'
import { receiverOf, senderTo } from './lineage/send.js'
import { Measure } from './measure.js'
import { Meters } from './meters.js'
import { metricsPlaceOf, serveMetrics } from './metrics-server.js'
import { type Env, isSetUp, signalsOf } from './otel/asked.js'
import { plainText } from './plain-text.js'

export interface ObserveOptions {
  /** Where Prometheus is answered at `/metrics`: `:9464`, `127.0.0.1:9464`; `:0`: at any free port. Absent: nowhere. */
  readonly metrics?: string | undefined
  /** Told what a person should know: an address in use, a collector that does not answer. Default: nobody is. */
  readonly warn?: ((message: string) => void) | undefined
  /** Default: those of the process. (OpenTelemetry's SDK reads those of the process in any case.) */
  readonly env?: Env | undefined
  /** Further lines of `/metrics`, as a queue has them. */
  readonly moreMetrics?: (() => Promise<string>) | undefined
}

const optionKinds = { metrics: aText, warn: aFunction, env: anObject, moreMetrics: aFunction } satisfies Record<keyof ObserveOptions, Kind>

export interface Observer {
  /** As `onEvent` of a run, a stream of rows or a worker takes it. Never throws, never waits. */
  readonly tell: TellWorker
  /** The port of `/metrics`; undefined where it is not answered. */
  readonly metricsPort: number | undefined
  /** What ended the run before its end. */
  failed(error: unknown): void
  /** Sends what is left and lets go of everything: two seconds at most. Call it in `finally`. Never throws. */
  close(): Promise<void>
}

/** One who watches. */
interface Watcher {
  see?(event: WorkerEvent): unknown
  failed?(error: unknown): void
  end?(): void
  close?(): Promise<void>
}

/**
 * Lets a run be watched: by OpenTelemetry where the standard variables ask for it (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER …) or the
 * program has set it up itself, by OpenLineage (OPENLINEAGE_URL), by Prometheus (`metrics`). Throws PipelineError OPTION_INVALID for a `metrics` that is no
 * place; whatever else does not work is told to `warn`.
 *
 * @example
 * const observer = await observeRun(plan)
 * try {
 *   await runPipeline(plan, { onEvent: observer.tell })
 * } catch (error) {
 *   observer.failed(error)
 *   throw error
 * } finally {
 *   await observer.close()
 * }
 */
export async function observeRun(plan: Plan, options: ObserveOptions = {}): Promise<Observer> {
  mustBePlan('observeRun', plan)
  mustBeOptions('observeRun', options, optionKinds)
  return observe(plan, options)
}

/** The same for a worker, which has many plans: no run but only slides; of a slide out of a queue `slide.start` says whose it is. OpenLineage is told of runs that this worker gathers. */
export async function observeWorker(options: ObserveOptions = {}): Promise<Observer> {
  mustBeOptions('observeWorker', options, optionKinds)
  return observe(undefined, options)
}

async function observe(plan: Plan | undefined, options: ObserveOptions): Promise<Observer> {
  const { env = process.env, warn = () => undefined } = options
  const place = options.metrics === undefined ? undefined : metricsPlaceOf(options.metrics)
  const signals = signalsOf(env)
  const meters = new Meters()
  const watchers: Watcher[] = []
  let metricsPort: number | undefined
  const join = async (what: string, make: () => Watcher | null | Promise<Watcher | null>) => {
    try {
      const made = await make()
      if (made) watchers.push(made)
    } catch (error) {
      warn(`${what} does not work: ${plainText(recordOf(error).message)}; the run goes on without it`)
    }
  }
  const isUsed = signals !== null || isSetUp()
  if (place || isUsed) watchers.push(new Measure(meters, tiastreamVersion))
  if (place) {
    await join(`answering Prometheus at ${options.metrics}`, async () => {
      const server = await serveMetrics(meters, place, options.moreMetrics ?? (async () => ''))
      metricsPort = server.port
      return { close: () => server.close() }
    })
  }
  if (isUsed) {
    await join('OpenTelemetry', async () => {
      const { watchWithOtel } = await import('./otel/watch.js')
      return watchWithOtel(meters, { signals, run: plan && attributesOf(plan), traceparent: env.TRACEPARENT, warn })
    })
  }
  await join('OpenLineage', () => {
    const receiver = receiverOf(env)
    if (!receiver) return null
    const sender = senderTo(receiver, warn)
    if (!plan) {
      const see = (event: WorkerEvent) => event.type === 'run.gathered' && sender.send(gatheredEvent(event, env))
      return { see, close: () => sender.close() }
    }
    const job = { namespace: namespaceIn(env), parent: env.OPENLINEAGE_PARENT_ID }
    const lineage = new Lineage(plan, job, (event) => sender.send(event))
    return {
      see: (event) => lineage.see(event),
      failed: (error) => lineage.failed(error),
      end: () => lineage.end(),
      close: () => sender.close(),
    }
  })
  return observerOf(watchers, metricsPort, warn)
}

function observerOf(watchers: Watcher[], metricsPort: number | undefined, warn: (message: string) => void): Observer {
  let isClosed = false
  /** Who stumbles leaves: the run is worth more than what is told of it. */
  const each = (work: (watcher: Watcher) => void) => {
    for (const watcher of [...watchers]) {
      try {
        work(watcher)
      } catch (error) {
        watchers.splice(watchers.indexOf(watcher), 1)
        warn(`one who watches stumbled and is told no more: ${plainText(recordOf(error).message)}`)
        void watcher.close?.().catch(() => undefined)
      }
    }
  }
  return {
    tell: (event) => {
      if (!isClosed) each((watcher) => watcher.see?.(event))
    },
    metricsPort,
    failed: (error) => each((watcher) => watcher.failed?.(error)),
    close: async () => {
      if (isClosed) return
      isClosed = true
      each((watcher) => watcher.end?.())
      await Promise.allSettled(watchers.map((watcher) => watcher.close?.()))
    },
  }
}

/** Of the span of a run. */
const attributesOf = ({ file, output, provenance, found }: Plan) => ({
  'tiastream.fingerprint': provenance.fingerprint,
  'tiastream.output': withoutSecrets(output),
  'tiastream.slides.found': found.slides,
  ...(file === undefined ? {} : { 'tiastream.pipeline': file }),
})
