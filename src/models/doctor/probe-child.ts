/** The process of `probe-apart.ts`: tries the device it is told and says how it went. */

import { probeDevice } from './probe.js'

const probe = await probeDevice(null, process.argv[2] ?? '')
process.send?.(probe, () => process.disconnect())
