/** A run tells nobody of its slides: ONNX Runtime, which would keep what it is to send in the user's cache, keeps nothing there. */

import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { packageRoot } from '../../../src/core/package-root.js'
import { writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

test('the runtime keeps no number of the machine and no events in the home of who runs it, in any thread', async (t) => {
  const folder = await tempFolder(t)
  const home = await tempFolder(t)
  const file = await writePipeline(folder, { grid: '{ size: 224 px, at: 4 mpp }', sinks: '[csv]' })
  // Where CI is set the runtime is silent by itself. What Node has compiled is ours to keep, and not asked here.
  const { CI: _, ORT_DISABLE_TELEMETRY: __, ...env } = process.env
  await promisify(execFile)(process.execPath, [path.join(packageRoot, 'dist/src/cli.js'), 'run', file, '--lanes', '2'], {
    env: { ...env, HOME: home, XDG_CACHE_HOME: path.join(home, '.cache'), NODE_DISABLE_COMPILE_CACHE: '1' },
  })
  t.deepEqual(await readdir(home), [])
})
