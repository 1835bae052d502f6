/**
 * ONNX Runtime from 1.29 on tells Microsoft of each session (names and hashes of models, times, a number for the machine) unless the process's
 * environment says otherwise before the library is loaded: https://github.com/microsoft/onnxruntime/pull/27379. A run tells nobody of its slides.
 */

const variable = 'ORT_DISABLE_TELEMETRY'

/**
 * To be called in the main thread before any other thread loads the runtime: a thread's own environment is a copy that no library sees.
 * What the user has said stays.
 */
export function withoutTelemetry(): void {
  process.env[variable] ??= '1'
}
