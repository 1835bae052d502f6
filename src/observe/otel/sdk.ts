/** Starts OpenTelemetry's SDK by its standard variables, and ends it. It never fails a run: what goes wrong is told once. */

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { tiastreamVersion } from '../../pipeline/plan/version.js'
import { plainText } from '../plain-text.js'
import type { Signals } from './asked.js'
import type { Api, Sdk } from './packages.js'

/** Milliseconds that sending what is left may take at the end: whoever sends SIGTERM waits for some seconds and kills. */
const patience = 2000

/** What an export may take, with its tries (milliseconds), unless the variable says otherwise: the process waits for the last one. The SDK's own default is 10 s. */
const exportTimeout = '2000'

/** Starts it; answers what ends it. `warn` is told of the first thing that goes wrong while it sends. */
export function startSdk(api: Api, { NodeSDK, resources }: Sdk, signals: Signals, warn: (message: string) => void): () => Promise<void> {
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT ??= exportTimeout
  const { defaultResource, resourceFromAttributes, envDetector, hostDetector } = resources
  const about = { 'service.name': 'tiastream', 'service.version': tiastreamVersion, 'service.instance.id': `${hostname()}-${randomUUID()}` }
  const sdk = new NodeSDK({
    resource: defaultResource().merge(resourceFromAttributes(about)),
    // Without the process': the command line is in it, and with it whatever was given with --var.
    resourceDetectors: [envDetector, hostDetector],
    logRecordProcessors: [],
    ...(signals.traces ? {} : { spanProcessors: [] }),
    ...(signals.metrics ? {} : { metricReaders: [] }),
  })
  // OTEL_LOG_LEVEL is for looking into it: then it says all that it has to say itself.
  if (!process.env.OTEL_LOG_LEVEL) api.diag.setLogger(quiet(once(warn)), { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true })
  sdk.start()
  return async () => {
    await within(patience, sdk.shutdown()).catch(() => undefined)
    for (const part of [api.trace, api.metrics, api.context, api.propagation]) part.disable()
  }
}

/** Errors and warnings of the SDK as one sentence each; the rest is not for whoever watches a run. */
export function quiet(warn: (message: string) => void) {
  const nothing = () => undefined
  const said = (...given: unknown[]) => {
    const text = plainText(given.map(sentenceOf).join(' '))
    // `localhost:4317`, as other SDKs take it.
    const isNoAddress = /Protocol "[^"]*" not supported|Could not parse .* URL/.test(text)
    warn(isNoAddress ? `${text}: an address begins with http:// or https://` : text)
  }
  return { error: said, warn: said, info: nothing, debug: nothing, verbose: nothing }
}

/** The SDK hands on errors as JSON with their stack. */
function sentenceOf(given: unknown): string {
  if (given instanceof Error) return given.message
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  try {
    const { message, name, code } = JSON.parse(text) as Record<string, unknown>
    return [name, code, message].filter((part) => typeof part === 'string' && part !== '').join(' ') || text
  } catch {
    return text
  }
}

function once(tell: (message: string) => void): (message: string) => void {
  let isTold = false
  return (message) => {
    if (isTold) return
    isTold = true
    tell(message)
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, over]).finally(() => clearTimeout(timer))
}
