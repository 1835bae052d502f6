/** OpenTelemetry as one who watches: spans and numbers, through the SDK that is here already, or one that is started for the run. */

import type { Attributes } from '@opentelemetry/api'
import { tiastreamVersion } from '../../pipeline/plan/version.js'
import type { WorkerEvent } from '../../queue/worker-events.js'
import type { Meters } from '../meters.js'
import { isSetUp, type Signals } from './asked.js'
import { bridge } from './bridge.js'
import { installLine, loadApi, loadSdk } from './packages.js'
import { startSdk } from './sdk.js'
import { Spans } from './spans.js'

export interface Wanted {
  /** Null: only what the program has set up itself. */
  readonly signals: Signals | null
  /** Attributes of the run; absent for a worker. */
  readonly run: Attributes | undefined
  readonly traceparent: string | undefined
  readonly warn: (message: string) => void
}

/** Null where its packages are not there: `warn` is told which. */
export async function watchWithOtel(meters: Meters, { signals, run, traceparent, warn }: Wanted, packages = { loadApi, loadSdk }) {
  const isOurs = !isSetUp()
  const api = await packages.loadApi()
  const sdk = isOurs ? await packages.loadSdk() : null
  if (!api || (isOurs && !sdk)) {
    if (signals) warn(`the environment asks for OpenTelemetry, and its packages are not here: ${installLine}; the run goes on without it`)
    return null
  }
  const stop = sdk && signals ? startSdk(api, sdk, signals, (message) => warn(`OpenTelemetry: ${message}; this is said once`)) : undefined
  const spans = new Spans(api, tiastreamVersion, run, traceparent)
  const unbridge = bridge(meters, api.metrics.getMeter('tiastream', tiastreamVersion))
  return {
    see: (event: WorkerEvent) => spans.see(event),
    failed: (error: unknown) => spans.failed(error),
    end: () => spans.end(),
    // The last collection is that of the end: it still looks at the numbers.
    close: async () => {
      await stop?.()
      unbridge()
    },
  }
}
