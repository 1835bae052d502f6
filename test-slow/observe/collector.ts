/** A collector of OpenTelemetry that keeps what it gets: over HTTP and over gRPC, read with OpenTelemetry's own messages. */

import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { observePython } from '../peers.js'

// biome-ignore lint/suspicious/noExplicitAny: messages of others
export type Message = any

const python = await observePython().catch((error: Error) => error)

/** Null where there is one. */
export const whyNoCollector = python instanceof Error ? `no receiver of OTLP: ${python.message.slice(0, 200)}` : null

export async function collector(t: ExecutionContext) {
  const child: ChildProcess = spawn(python as string, ['-W', 'ignore', path.join(packageRoot, 'test-slow/observe/receive_otlp.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill())
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const ports = JSON.parse((await lines.next()).value) as { http: number; grpc: number }
  const came = async () => {
    child.stdin!.end()
    const all = JSON.parse((await lines.next()).value) as { signal: string; message: Message }[]
    const of = (signal: string) => all.filter((one) => one.signal === signal).map(({ message }) => message)
    const spans = of('traces').flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ resource, scopeSpans }: Message) =>
        scopeSpans.flatMap(({ spans: told }: Message) =>
          told.map((span: Message) => ({ ...span, resource: valuesOf(resource.attributes) })),
        ),
      ),
    )
    return { spans, last: of('metrics').at(-1) }
  }
  return { ports, came }
}

/** Attributes as an object. */
export const valuesOf = (attributes: Message = []): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }: Message) => [key, Object.values(value)[0]]))

/** A point of a counter or gauge, by name and attributes. */
export function pointOf(last: Message, name: string, attributes: Record<string, string> = {}): number {
  const metrics = last.resourceMetrics[0].scopeMetrics[0].metrics as Message[]
  const { sum, gauge } = metrics.find((one) => one.name === name)
  const point = (sum ?? gauge).dataPoints.find((one: Message) => {
    const values = valuesOf(one.attributes)
    return Object.keys(values).length === Object.keys(attributes).length && Object.entries(attributes).every(([k, v]) => values[k] === v)
  })
  return Number(point.asDouble ?? point.asInt)
}
