import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { loadSharp } from '../../src/codecs/sharp-library.js'
import { packageRoot } from '../../src/core/package-root.js'

test('sharp without its library for this machine (npm --omit=optional): an error with the cure, not a bug', async (t) => {
  // sharp's own files, where none of the packages beside them can be found.
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-sharp-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const packages = path.join(folder, 'node_modules')
  await mkdir(packages)
  await cp(path.join(packageRoot, 'node_modules/sharp'), path.join(packages, 'sharp'), { recursive: true })
  for (const name of ['detect-libc', 'semver', '@img/colour'])
    await cp(path.join(packageRoot, 'node_modules', name), path.join(packages, name), { recursive: true })
  const script = path.join(folder, 'load.mjs')
  const library = pathToFileURL(path.join(packageRoot, 'dist/src/codecs/sharp-library.js')).href
  await writeFile(
    script,
    `import { loadSharp } from ${JSON.stringify(library)}
     const { code, message, hint } = await loadSharp(() => import('sharp')).catch((error) => error)
     console.log(JSON.stringify({ code, message, hint }))`,
  )
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
  t.is(stderr, '')
  const { code, message, hint } = JSON.parse(stdout) as Record<string, string>
  t.is(code, 'SHARP_MISSING')
  t.regex(message!, /^sharp, which reads and writes PNG, JPEG and WebP pictures, does not load here: .*sharp/)
  t.is(hint, 'npm install --include=optional sharp')
})

test('sharp that is not there at all', async (t) => {
  const absent = Object.assign(new Error("Cannot find package 'sharp'"), { code: 'ERR_MODULE_NOT_FOUND' })
  await t.throwsAsync(
    loadSharp(() => Promise.reject(absent)),
    { code: 'SHARP_MISSING', message: /Cannot find package 'sharp'/ },
  )
})
