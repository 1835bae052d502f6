import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type FileHandle, mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test, { type ExecutionContext } from 'ava'
import { download } from '../../../src/workshop/zoo/download.js'
import { picture } from '../../formula.js'
import { freePorts } from '../../support/free-ports.js'
import { cut, type Misbehave, serve } from './server.js'

const content = Buffer.from(picture('download', 300, 400))
const sha256 = createHash('sha256').update(content).digest('hex')
// A busy machine may be quiet for seconds: what is asked for then begins anew, which is not what is looked at.
const quick = { pauseMs: 5, retries: 3, quietMs: 120_000 }

/** A folder, and a server that is told how to misbehave (`partial` is where the file grows). */
async function placed(t: ExecutionContext, misbehave?: (...args: [...Parameters<Misbehave>, partial: string]) => boolean) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tiastream-download-'))
  const file = path.join(folder, 'weights')
  const server = await serve(content, (request, response, count) => misbehave?.(request, response, count, `${file}.partial`) ?? false)
  t.teardown(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })
  return { folder, file, server, url: `${server.url}/weights.pth` }
}

test('a file is fetched whole, its size and hash are told, and nothing is left beside it', async (t) => {
  const { folder, file, url } = await placed(t)
  const seen: number[] = []
  t.deepEqual(await download(url, file, { ...quick, onProgress: (done) => seen.push(done) }), { bytes: content.length, sha256, url })
  t.true((await readFile(file)).equals(content))
  t.deepEqual(await readdir(folder), ['weights'])
  t.is(seen.at(-1), content.length)
})

test.serial('a disk that takes a part of what it is given gets the rest as well', async (t) => {
  const { file, folder, url } = await placed(t)
  const handle = await open(path.join(folder, 'any'), 'w')
  const all = Object.getPrototypeOf(handle) as FileHandle
  await handle.close()
  const write = all.write as (this: FileHandle, ...given: readonly unknown[]) => Promise<unknown>
  t.teardown(() => Object.assign(all, { write }))
  Object.assign(all, {
    write(this: FileHandle, data: Uint8Array, offset: number, length: number, position: number) {
      return write.call(this, data, offset, Math.ceil(length / 2), position)
    },
  })
  t.is((await download(url, file, { ...quick, retries: 0 })).sha256, sha256)
})

test('a line that is cut is taken up where it broke', async (t) => {
  const { file, server, url } = await placed(t, (_, response, count, partial) => count === 1 && cut(response, content, 100_000, partial))
  await download(url, file, quick)
  t.true((await readFile(file)).equals(content))
  t.is(server.asked.length, 2)
  t.regex(server.asked[1]!.range!, /^bytes=[1-9]\d*-$/)
  t.is(server.asked[1]!.status, 206)
})

test.serial('what is not read yet is not taken away when memory is collected', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const { file, url } = await placed(t)
  const collecting = setInterval(collect, 1)
  t.teardown(() => clearInterval(collecting))
  for (let i = 0; i < 2; i++) t.is((await download(url, `${file}-${i}`, { ...quick, retries: 0 })).sha256, sha256)
})

test('a line that is always cut ends in an error, keeps its part, and the next call goes on from there', async (t) => {
  let broken = true
  const { folder, file, server, url } = await placed(t, (request, response, count, partial) => {
    if (!broken || request.headers.range !== undefined) {
      if (broken) response.destroy()
      return broken
    }
    return cut(response, content, 50_000 + count, partial)
  })
  await t.throwsAsync(download(url, file, quick), { code: 'DOWNLOAD_FAILED', message: /could not be fetched/ })
  t.is(server.asked.length, 4)
  t.false(existsSync(file))
  t.deepEqual((await readdir(folder)).sort(), ['weights.partial', 'weights.partial.json'])
  const have = (await stat(`${file}.partial`)).size
  t.true(have > 0)
  broken = false
  await download(url, file, quick)
  t.is(server.asked.at(-1)!.range, `bytes=${have}-`)
  t.true((await readFile(file)).equals(content))
})

test('a server that ignores ranges is read from the start again', async (t) => {
  const { file, url } = await placed(t, (_, response, count, partial) => {
    if (count === 1) return cut(response, content, 70_000, partial)
    response.writeHead(200, { 'content-length': content.length, etag: '"one"' }).end(content)
    return true
  })
  await download(url, file, quick)
  t.true((await readFile(file)).equals(content))
})

test('a file that changed in between is fetched anew, never mixed', async (t) => {
  const other = Buffer.from(content).reverse()
  const { file, server, url } = await placed(t, (_, response, count, partial) => {
    if (count !== 1) return false
    server.content = other
    server.etag = '"two"'
    return cut(response, content, 90_000, partial)
  })
  await download(url, file, quick)
  t.true((await readFile(file)).equals(other))
})

test('a server that answers a range of another version is not believed', async (t) => {
  const { file, url } = await placed(t, (request, response, count, partial) => {
    if (count === 1) return cut(response, content, 90_000, partial)
    const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0])
    if (!Number.isInteger(from)) return false
    response.writeHead(206, { etag: '"two"', 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` })
    response.end(Buffer.alloc(content.length - from))
    return true
  })
  await download(url, file, quick)
  t.true((await readFile(file)).equals(content))
})

test('a wrong hash is told and thrown away', async (t) => {
  const { folder, file, url } = await placed(t)
  await t.throwsAsync(download(url, file, { ...quick, sha256: 'ab'.repeat(32) }), { code: 'HASH_MISMATCH', message: new RegExp(sha256) })
  t.deepEqual(await readdir(folder), [])
})

test('the hash that a hub gives on its redirect is held to', async (t) => {
  let vouched = 'cd'.repeat(32)
  const { file, url } = await placed(t, (request, response) => {
    if (request.url !== '/weights.pth') return false
    response.writeHead(302, { location: '/blob', 'x-linked-etag': `"${vouched}"` }).end()
    return true
  })
  await t.throwsAsync(download(url, file, quick), { code: 'HASH_MISMATCH' })
  t.false(existsSync(file))
  vouched = sha256
  t.is((await download(url, file, quick)).sha256, sha256)
})

test('redirects are followed a few times, then refused', async (t) => {
  const { file, url } = await placed(t, (request, response) => {
    const [, hops] = /^\/hop(\d+)$/.exec(request.url!) ?? []
    if (hops === undefined || hops === '0') return false
    response.writeHead(302, { location: `/hop${Number(hops) - 1}` }).end()
    return true
  })
  const at = (hops: number) => url.replace('/weights.pth', `/hop${hops}`)
  t.is((await download(at(4), file, quick)).sha256, sha256)
  await t.throwsAsync(download(at(40), `${file}2`, quick), { code: 'DOWNLOAD_REFUSED', message: /more than 5 times/ })
})

test('a redirect to a file of this machine is refused', async (t) => {
  const { file, server, url } = await placed(t, (_, response) => {
    response.writeHead(301, { location: 'file:///etc/hostname' }).end()
    return true
  })
  await t.throwsAsync(download(url, file, quick), { code: 'DOWNLOAD_REFUSED', message: /neither http nor https/ })
  t.is(server.asked.length, 1)
})

test('503 is tried again, 404 is not', async (t) => {
  const busy = await placed(t, (_, response, count) => {
    if (count > 2) return false
    response.writeHead(503).end('later')
    return true
  })
  t.is((await download(busy.url, busy.file, quick)).sha256, sha256)
  t.is(busy.server.asked.length, 3)
  const gone = await placed(t, (_, response) => {
    response.writeHead(404).end('gone')
    return true
  })
  await t.throwsAsync(download(gone.url, gone.file, quick), { code: 'DOWNLOAD_FAILED', message: /404/ })
  t.is(gone.server.asked.length, 1)
})

test('a server that falls silent is given up, and tried again', async (t) => {
  const { file, server, url } = await placed(t, (_, response, count) => {
    if (count > 1) return false
    response.writeHead(200, { 'content-length': content.length, etag: '"one"' })
    response.write(content.subarray(0, 1000))
    return true
  })
  t.is((await download(url, file, { ...quick, quietMs: 500, retries: 8 })).sha256, sha256)
  // On a busy machine the honest answers may be late, too.
  t.true(server.asked.length >= 2)
})

test('an announced size beyond all reason is refused before anything is written', async (t) => {
  const { folder, file, url } = await placed(t, (_, response) => {
    response.writeHead(200, { 'content-length': 1e13 })
    response.write('x')
    return true
  })
  await t.throwsAsync(download(url, file, quick), { code: 'DOWNLOAD_REFUSED', message: /10000000000000 bytes/ })
  t.deepEqual(await readdir(folder), [])
})

test('a download that is stopped leaves a part, and no file', async (t) => {
  const stop = new AbortController()
  const { folder, file, url } = await placed(t, (_, response) => {
    response.writeHead(200, { 'content-length': content.length, etag: '"one"' })
    response.write(content.subarray(0, 60_000))
    return true
  })
  const going = download(url, file, { ...quick, signal: stop.signal, onProgress: () => stop.abort(new Error('stopped')) })
  await t.throwsAsync(going, { message: 'stopped' })
  t.false((await readdir(folder)).includes('weights'))
})

test('nobody there: the reason is told', async (t) => {
  const { file } = await placed(t)
  const { nobody } = await freePorts(['nobody'])
  await t.throwsAsync(download(`http://127.0.0.1:${nobody}/weights.pth`, file, quick), { code: 'DOWNLOAD_FAILED', message: /ECONNREFUSED/ })
})

test('a server that sends a byte now and then is given up, too', async (t) => {
  const { file, url } = await placed(t, (_, response) => {
    response.writeHead(200, { 'content-length': content.length, etag: '"one"' })
    const timer = setInterval(() => response.write('a'), 10)
    response.once('close', () => clearInterval(timer))
    return true
  })
  await t.throwsAsync(download(url, file, { ...quick, quietMs: 100, retries: 0 }), { code: 'DOWNLOAD_FAILED' })
})
