/** Whether the standard variables ask for OpenTelemetry, and for what. Loads nothing. */

export type Env = Readonly<Record<string, string | undefined>>

export interface Signals {
  readonly traces: boolean
  readonly metrics: boolean
}

const isTrue = (value: string | undefined) => value?.trim().toLowerCase() === 'true'

/**
 * A signal is asked for by an exporter or an address of its own, or by the common address. Null when none is: then no package of OpenTelemetry is looked
 * for. (The SDK itself sends everything to this machine's port 4318 where nothing is said; a tool that was installed for something else
 * does not.)
 */
export function signalsOf(env: Env): Signals | null {
  if (isTrue(env.OTEL_SDK_DISABLED)) return null
  const asked = (signal: 'TRACES' | 'METRICS') => {
    const exporter = env[`OTEL_${signal}_EXPORTER`]?.trim()
    if (exporter) return exporter !== 'none'
    return Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT?.trim() || env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]?.trim())
  }
  const signals = { traces: asked('TRACES'), metrics: asked('METRICS') }
  return signals.traces || signals.metrics ? signals : null
}

/** True when the program that runs us has set up OpenTelemetry itself. The key is that of `@opentelemetry/api`, any 1.x. */
export function isSetUp(): boolean {
  const there = (globalThis as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')] as Record<string, unknown> | undefined
  return there?.trace !== undefined || there?.metrics !== undefined
}
