#!/usr/bin/env node
/** Whether this Node is new enough; then the command. Old ones read this file: nothing stands in it that they do not know. */

import zlib from 'node:zlib'

// The newest of what is used everywhere. Without it the command would end somewhere in the middle, as if it were wrong itself.
if (typeof zlib.crc32 === 'function') import('./cli/start.js')
else {
  const code = 'NODE_TOO_OLD'
  process.stderr.write(
    `error: tiastream needs Node.js 20.19, 22.2 or later, and this is ${process.version} (${process.execPath}) [${code}]\n  install a later one, as https://nodejs.org has it, and look which one 'node' is\n`,
  )
  process.exitCode = 2
}
