/** Why a device does not work, after something failed: what is missing by name where that can be seen, else what the library said. */

import { isDevice, kindOf } from '../../core/devices.js'
import { cures, reasonOf } from './device.js'
import { Lacking } from './lacking.js'

export interface WhyNot {
  readonly why: string
  /** One line; empty where nobody knows. */
  readonly cure: string
}

/** What the loader of Linux says of the first that it misses. */
const loaders = 'cannot open shared object file'

/** What WebGPU says of a graph in halves where the driver has none. */
const halves = 'requires f16 but the device does not support it'

export async function whyNot(written: string, cause: unknown): Promise<WhyNot> {
  if (cause instanceof Lacking) return { why: cause.message, cure: cause.cure }
  const kind = kindOf(written)
  const lack = kind === 'cuda' || kind === 'tensorrt' ? await (await import('./capi/missing.js')).lackOf(kind) : null
  const said = reasonOf(cause)
  if (said.includes(halves))
    return {
      why: 'the graph computes in float16, which its driver does not',
      cure: 'the model in float32, or another device after it in the list',
    }
  // Both, unless they say the same: what is seen of files explains what the library said, and does not prove it.
  if (lack !== null) return { why: said.includes(loaders) ? lack.message : `${lack.message} (${said})`, cure: lack.cure }
  return { why: said, cure: isDevice(kind) ? cures[kind] : '' }
}
