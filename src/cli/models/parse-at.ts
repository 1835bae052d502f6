/** What stands behind `--at` where a model is made: the resolution it was trained on. */

import { InvalidArgumentError } from 'commander'
import { parseResolution } from '../../core/text/resolution-text.js'
import type { Resolution } from '../../geometry/resolution.js'

export function parseAt(written: string): Resolution {
  const at = parseResolution(written)
  if (!at) throw new InvalidArgumentError("write 0.5mpp or '20 power'")
  return at
}
