/** What a program that uses the library may lack around it: threads, a disk that may be waited for, the package itself. */

import { execFile } from 'node:child_process'
import { type FileHandle, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { onDisk } from '../../src/core/files/on-disk.js'
import { packageRoot } from '../../src/core/package-root.js'
import { tiastreamVersion, versionOf } from '../../src/pipeline/plan/version.js'
import { sinkErrorOf } from '../../src/sinks/common/file.js'

import { tempFolder } from '../support/temp.js'

const api = new URL('../../src/index.js', import.meta.url).href

/** The error of a program that runs a picture through the bundled model. */
async function errorWith(...flags: string[]): Promise<{ readonly code: string; readonly hint: string }> {
  const program = `
    import(${JSON.stringify(api)}).then(async ({ batch, definePipeline, extract, infer, merge, patchesOf, streamRows }) => {
      const source = patchesOf([new Uint8Array(224 * 224 * 3)], { width: 224, height: 224 })
      const stages = [extract(), batch(), infer({ model: 'stain' }), merge()]
      for await (const _ of streamRows(await definePipeline({ source, stages, runtime: { lanes: 1 } })));
    }).catch(({ code, hint, message }) => console.log(JSON.stringify({ code, hint: hint ?? message })))`
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', program], { cwd: packageRoot })
  return JSON.parse(stdout)
}

test('threads that may not be started', async (t) => {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'
  const denied = await errorWith(permission, '--allow-fs-read=*')
  t.is(denied.code, 'NODE_FORBIDS')
  t.regex(denied.hint, /--allow-worker/)
  t.regex((await errorWith('--no-addons')).hint, /--no-addons/)
})

test('a disk that may not be waited for, and a folder that may not be written', async (t) => {
  const refused = Object.assign(new Error('fsync API is disabled when Permission Model is enabled.'), { code: 'ERR_ACCESS_DENIED' })
  const handle = { sync: () => Promise.reject(refused) } as unknown as FileHandle
  await t.throwsAsync(onDisk(handle), { code: 'OUTPUT_DENIED', message: /permission model/ })
  t.like(sinkErrorOf(refused, 'out/a.csv'), {
    code: 'OUTPUT_DENIED',
    message: "out/a.csv cannot be written: Node's permission model forbids it (ERR_ACCESS_DENIED)",
  })
})

test('a program into which tiastream was bundled is told to leave it out', async (t) => {
  const folder = await tempFolder(t)
  t.throws(() => versionOf(folder), { code: 'PACKAGE_BUNDLED' })
  await writeFile(path.join(folder, 'package.json'), '{ "name": "app", "version": "9.0.0" }')
  t.throws(() => versionOf(folder), { code: 'PACKAGE_BUNDLED', message: /bundled/ })
  t.is(versionOf(packageRoot), tiastreamVersion)
})
