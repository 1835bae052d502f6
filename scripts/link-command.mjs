/**
 * Part of `npm run build` in a checkout: makes the command executable and puts it where `npx tiastream` looks first. Without it npx
 * installs the checkout into its cache on the first call, which builds everything again.
 */

import { chmodSync, existsSync, rmSync, symlinkSync } from 'node:fs'

const command = 'dist/src/cli.js'
const link = 'node_modules/.bin/tiastream'

chmodSync(command, 0o755)
// On Windows links need rights that few have: there npx takes its longer way.
if (process.platform !== 'win32' && existsSync('node_modules/.bin')) {
  rmSync(link, { force: true })
  symlinkSync(`../../${command}`, link)
}
