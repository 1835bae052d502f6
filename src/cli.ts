#!/usr/bin/env node
/** argv → command → exit code. */

import { main } from './cli/program.js'

// `tiastream docs | head` closes our output early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await main(process.argv.slice(2))
