/** Blobs of Azure, against Azurite (npm), where it can be had: by the key of the account, by a shared access signature, and for nobody. */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import test from 'ava'
import { SinkError } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import { openSlide } from '../../src/readers/open.js'
import { sharedKey } from '../../src/remote/azure.js'
import { writingPatience } from '../../src/remote/write/ask.js'
import { Bucket } from '../../src/remote/write/bucket.js'
import { probe } from '../../src/remote/write/probe.js'
import { beginUpload } from '../../src/remote/write/upload.js'
import { foundBy } from '../../src/sources/common/found.js'
import { freePorts } from '../../test/support/free-ports.js'
import { tempFolder } from '../../test/support/temp.js'

/** Azurite's own account, which its documents name. */
const account = 'devstoreaccount1'
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

let child: ChildProcess | undefined
let endpoint = ''

/**
 * Its clients of SQL servers and its telemetry are two thirds of what it brings, and no part of blobs in memory: a package without anything stands
 * for each.
 */
const wanted = {
  private: true,
  dependencies: { azurite: '3.35.0' },
  overrides: { tedious: 'file:./nothing', mysql2: 'file:./nothing', applicationinsights: 'file:./nothing' },
}

/** The script that serves blobs; installed once. */
async function azurite(): Promise<string> {
  const folder = path.join(tmpdir(), 'tiastream-azurite-blobs')
  const script = path.join(folder, 'node_modules/azurite/dist/src/blob/main.js')
  if (existsSync(script)) return script
  await mkdir(path.join(folder, 'nothing'), { recursive: true })
  await writeFile(path.join(folder, 'nothing/package.json'), JSON.stringify({ name: 'nothing', version: '1.0.0', main: 'index.js' }))
  await writeFile(path.join(folder, 'nothing/index.js'), 'module.exports = {}\n')
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(wanted))
  await promisify(execFile)('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
  return script
}

test.before('Azurite starts', async () => {
  const script = await azurite()
  const { port } = await freePorts(['port'])
  const bound = ['--blobHost', '127.0.0.1', '--blobPort', `${port}`]
  const args = ['--silent', '--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry', ...bound]
  child = spawn(process.execPath, [script, ...args], { stdio: 'ignore' })
  endpoint = `http://127.0.0.1:${port}/${account}`
  for (let tries = 0; tries < 600; tries++) {
    if (await fetch(endpoint).catch(() => null)) return
    await pause(100)
  }
  throw new Error('Azurite does not answer')
})

// Asked kindly it waits for connections that are kept, and for minutes where its telemetry goes nowhere; it holds nothing but memory.
test.after.always('Azurite stops', () => void child?.kill('SIGKILL'))

/** With a body a blob, without one a container. */
async function put(place: string, body?: Buffer): Promise<void> {
  const url = new URL(`${endpoint}/${place}`)
  const dated = { 'x-ms-version': '2021-12-02', 'x-ms-date': new Date().toUTCString() }
  const headers: Record<string, string> = body
    ? { ...dated, 'x-ms-blob-type': 'BlockBlob', 'content-type': 'image/tiff', 'content-length': `${body.length}` }
    : dated
  const authorization = `SharedKey ${account}:${sharedKey({ method: 'PUT', url, headers }, account, key)}`
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { ...headers, authorization },
    ...(body ? { body: new Uint8Array(body) } : {}),
  })
  if (!answer.ok) throw new Error(`${place}: ${answer.status}`)
}

/** Of the container, to read and list, as Azure's documents say of version 2020-12-06. */
function signatureUntil(time: number): string {
  const se = `${new Date(time).toISOString().slice(0, 19)}Z`
  const text = ['rl', '', se, `/blob/${account}/box`, '', '', '', '2020-12-06', 'c', '', '', '', '', '', '', ''].join('\n')
  const sig = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64')
  return new URLSearchParams({ sp: 'rl', se, sv: '2020-12-06', sr: 'c', sig }).toString()
}

test.serial('by the key, by a signature, and not for nobody', async (t) => {
  const small = await readFile(path.join(packageRoot, 'fixtures/small/jpeg.tif'))
  await put('box?restype=container')
  for (const name of ['a/x.tif', 'a/%C3%BC%2B%20%25%26%3D%3F%23%27%28%29%21%2A~.tif', 'y.TIF']) await put(`box/${name}`, small)
  Object.assign(process.env, { AZURE_METADATA_DISABLED: 'true', AZURE_STORAGE_KEY: key })
  const remote = { az: { endpoint } }
  const open = async (uri: string) => {
    const slide = await openSlide({ kind: 'slide', id: 'a', uri, carried: {}, remote })
    await slide.close()
    return slide.info.uri
  }
  const blobs = ['a/x.tif', "a/ü+ %&=?#'()!*~.tif", 'y.TIF'].map((name) => `az://${account}/box/${name}`).sort()
  const found = await foundBy([`az://${account}/box/**/*.tif`], '/', remote)
  t.deepEqual(found, blobs)
  for (const uri of found) t.is(await open(uri), uri)
  await t.throwsAsync(open(`az://${account}/box/none.tif`), { message: /404 \(BlobNotFound\)/ })
  delete process.env.AZURE_STORAGE_KEY
  await t.throwsAsync(open(blobs[0]!), { message: /may not be read/ })
  const good = signatureUntil(Date.now() + 3_600_000)
  const signed = await foundBy([`az://${account}/box/**/*.tif?${good}`], '/', remote)
  t.deepEqual(
    signed,
    blobs.map((uri) => `${uri}?${good}`),
  )
  for (const [i, uri] of signed.entries()) t.is(await open(uri), blobs[i]!)
  await t.throwsAsync(open(`${blobs[0]}?${signatureUntil(Date.now() - 3_600_000)}`), { message: /may not be read/ })
})

test.serial(
  'blobs are written: made once, replaced in the state that was seen, in blocks that nobody sees before they are all there',
  async (t) => {
    await put('results?restype=container')
    process.env.AZURE_STORAGE_KEY = key
    const at = (place: string) => new Bucket(`az://${account}/${place}`, { az: { endpoint } }, { ...writingPatience, tries: 2, pauseMs: 1 })
    const bucket = at('results/run 7')
    await probe(bucket)
    await probe(bucket)
    const made = await bucket.put('a b.json', Buffer.from('{}'), { isNew: true })
    t.is(await bucket.put('a b.json', Buffer.from('{1}'), { isNew: true }), null)
    t.truthy(await bucket.put('a b.json', Buffer.from('{2}'), { tag: made!.tag! }))
    t.is(await bucket.put('a b.json', Buffer.from('{3}'), { tag: made!.tag! }), null)
    t.is(await bucket.put('none', Buffer.from('{3}'), { tag: made!.tag! }), null)
    const file = path.join(await tempFolder(t), 'big')
    const bytes = randomBytes(12 * 2 ** 20 + 7)
    await writeFile(file, bytes)
    const upload = await beginUpload(bucket, "x/bi+g 'ü.bin", file, { whole: 2 ** 20, part: 5 * 2 ** 20, atOnce: 3 })
    t.is(await bucket.head("x/bi+g 'ü.bin"), null)
    await upload.complete()
    t.true((await bucket.get("x/bi+g 'ü.bin"))!.bytes.equals(bytes))
    const names: string[] = []
    for await (const { key: name } of bucket.list()) names.push(name)
    t.deepEqual(names, ['.tiastream/conditions.txt', 'a b.json', "x/bi+g 'ü.bin"])
    for (const name of names) await bucket.remove(name)
    t.true((await bucket.list().next()).done)
    const lie = { length: 5, md5: 'XUFAKrxLKna5cZ2REBfFkg==', pieces: () => Buffer.from('hellO') }
    await t.throwsAsync(bucket.put('lie', lie), { instanceOf: SinkError, message: /the server says 400/ })
    await t.throwsAsync(at('nobody/x').put('a', bytes), { code: 'OUTPUT_MISSING', message: /its bucket is not there/ })
    delete process.env.AZURE_STORAGE_KEY
    await t.throwsAsync(bucket.put('a', bytes), { code: 'OUTPUT_DENIED' })
  },
)
