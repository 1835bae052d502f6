/** The packages of OpenTelemetry, which are not among ours: loaded when they are asked for, and named when they are not there. */

import { createRequire } from 'node:module'

export type Api = typeof import('@opentelemetry/api')
export type Sdk = typeof import('@opentelemetry/sdk-node')

export const installLine = 'npm install @opentelemetry/api @opentelemetry/sdk-node'

/** Null when it is not installed. Rejects when it is, and does not load. */
export const loadApi = (): Promise<Api | null> => whenThere('@opentelemetry/api', () => import('@opentelemetry/api'))
export const loadSdk = (): Promise<Sdk | null> => whenThere('@opentelemetry/sdk-node', () => import('@opentelemetry/sdk-node'))

const require = createRequire(import.meta.url)

async function whenThere<T>(name: string, load: () => Promise<T>): Promise<T | null> {
  try {
    require.resolve(name)
  } catch {
    return null
  }
  return load()
}
