/** Gathers and compacts the output that it is told, in parts of the size that it is told. To be killed. */

import { gatherCohort } from '../../src/pipeline/cohort/gather.js'

const [output, bytes] = process.argv.slice(2)
process.stdout.write('begun\n')
await gatherCohort(output!, { compact: Number(bytes) })
