#!/usr/bin/env node
/** argv → command → exit code. */

import module from 'node:module'
import path from 'node:path'
import { homeFolder } from './core/user.js'

// Node 22 and later keep what they have compiled: the next start takes a tenth less. In the user's own folder, as what lies there is run, and others may write
// into the one for temporary files. Where it cannot be written, or with NODE_DISABLE_COMPILE_CACHE=1, all is as without. What is loaded before is not kept.
const { enableCompileCache } = module as { readonly enableCompileCache?: (folder: string) => unknown }
enableCompileCache?.(path.join(homeFolder(), '.cache', 'tiastream', 'compiled'))

// `tiastream docs | head` closes our output early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const { main } = await import('./cli/program.js')
process.exitCode = await main(process.argv.slice(2))
