/** ONNX Runtime: onnxruntime-node's doorway. Loaded when the first model is opened, never before, because it is large. */

import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { ModelError } from '../../core/errors.js'
import { nodeForbids } from '../../core/host/node-forbids.js'
import { withoutTelemetry } from './no-telemetry.js'

export type Ort = typeof import('onnxruntime-node')
export type { InferenceSession, Tensor }

let loading: Promise<Ort> | undefined

/** The runtime, loaded once. Throws RUNTIME_MISSING with the cure when the package is absent or does not load here. */
export function loadOrt(): Promise<Ort> {
  loading ??= ortFrom(() => import('onnxruntime-node')).catch((error: unknown) => {
    loading = undefined
    throw error
  })
  return loading
}

export async function ortFrom(load: () => Promise<unknown>): Promise<Ort> {
  withoutTelemetry()
  try {
    return opened(await load())
  } catch (cause) {
    throw missing(cause)
  }
}

function opened(module: unknown): Ort {
  const ort = ((module as { default?: Ort }).default ?? module) as Ort
  // What goes wrong is thrown as well: nothing is printed beside our own messages.
  ort.env.logLevel = 'fatal'
  return ort
}

function missing(cause: unknown): ModelError {
  const absent = (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
  const why = absent ? 'is not installed' : `does not load here: ${cause instanceof Error ? cause.message : String(cause)}`
  return new ModelError('RUNTIME_MISSING', `onnxruntime-node, which runs the models, ${why}`, {
    hint: nodeForbids(cause)?.hint ?? (isOfMusl(cause) ? glibc : 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node'),
    cause,
  })
}

const glibc = 'it is built for glibc, and this system has musl (Alpine), also with gcompat: take an image of Debian, as node:22-slim'

/** In these words musl tells of a library that it cannot load. */
const isOfMusl = (cause: unknown): boolean => cause instanceof Error && /Error (loading shared library|relocating) /.test(cause.message)
