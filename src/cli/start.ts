/** argv → command → exit code. */

import module from 'node:module'
import path from 'node:path'
import { homeFolder } from '../core/host/user.js'

// Node 22 and later keep what they have compiled: the next start takes a tenth less. In the user's own folder, as what lies there is run, and others may write
// into the one for temporary files. Where it cannot be written, or with NODE_DISABLE_COMPILE_CACHE=1, all is as without. What is loaded before is not kept.
const { enableCompileCache } = module as { readonly enableCompileCache?: (folder: string) => unknown }
enableCompileCache?.(path.join(homeFolder(), '.cache', 'tiastream', 'compiled'))

const [{ mindStandardStreams }, { endOf, heedNohup }, { main }] = await Promise.all([
  import('./standard-streams.js'),
  import('./ending.js'),
  import('./program.js'),
]).catch((error: NodeJS.ErrnoException) => {
  // Before the code is there that tells errors.
  if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error
  process.stderr.write(`error: too many files are open: ${error.message} [TOO_MANY_FILES]\n  raise the limit: ulimit -n 1024\n`)
  return process.exit(4)
})
const argv = process.argv.slice(2)
mindStandardStreams(argv)
heedNohup()
process.exitCode = await endOf(main(argv), argv)
