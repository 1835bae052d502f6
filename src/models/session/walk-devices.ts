/**
 * A list of devices is walked here, one at a time, because ONNX Runtime throws on a list whose first entry is missing, and because listing
 * its providers says what was compiled in, not what works.
 */

import { type Place, placesOf } from '../../core/devices.js'
import { ModelError } from '../../core/errors.js'
import { deviceNames } from '../../core/model.js'
import { whyNot } from './why-not.js'

export interface Placed<T> {
  readonly value: T
  readonly place: Place
  /** As the list has it. */
  readonly entry: string
  /** What was tried before and why it did not do, a sentence each. */
  readonly warnings: readonly string[]
}

/** The first device of the list on which `make` succeeds; of several cards that are joined, the first. Throws DEVICE_MISSING with every reason when none does. */
export async function walkDevices<T>(devices: readonly string[], make: (place: Place) => Promise<T>): Promise<Placed<T>> {
  const failures: { device: string; why: string; cure: string; cause: unknown }[] = []
  for (const device of devices) {
    try {
      const place = placesOf(device)[0]!
      const value = await make(place)
      return { value, place, entry: device, warnings: failures.map((one) => `${one.device} is not used: ${one.why}`) }
    } catch (cause) {
      // A model that is refused is refused everywhere.
      if (cause instanceof ModelError) throw cause
      failures.push({ device, ...(await whyNot(device, cause)), cause })
    }
  }
  const [only] = failures
  if (!only) throw new ModelError('DEVICE_MISSING', 'no device is asked for', { hint: `name at least one of: ${deviceNames.join(', ')}` })
  throw new ModelError('DEVICE_MISSING', failures.map(({ device, why }) => `device ${device} does not work here: ${why}`).join('\n'), {
    hint: `${only.cure === '' ? '' : `it needs ${only.cure}; `}tiastream doctor tries every device`,
    cause: only.cause,
  })
}
