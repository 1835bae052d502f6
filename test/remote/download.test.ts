/** `cache: download`: whole files of servers in a bounded folder. */

import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { SlideError } from '../../src/core/errors.js'
import { sameContent } from '../../src/core/slide.js'
import { identityOf } from '../../src/readers/identity.js'
import { openRemote } from '../../src/readers/remote-source.js'
import { download } from '../../src/remote/download.js'
import { type Odd, type OddServer, oddServer, serve, tagOf } from '../support/odd-server.js'
import { tempFolder } from '../support/temp.js'

const content = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
const hurried = { tries: 5, pauseMs: 1, quietMs: 60_000 }

/** A server that knows no ranges. */
const whole: Odd = (_, request, response) => {
  delete request.headers.range
  serve(content, request, response)
  return true
}

async function served(t: ExecutionContext, odd: Odd = whole): Promise<OddServer> {
  const server = await oddServer(content, odd)
  t.teardown(() => server.close())
  process.env.TIASTREAM_CACHE = path.join(await tempFolder(t), 'cache')
  return server
}

const opened = (server: OddServer, query = '') => openRemote(`${server.url}/a.svs${query}`, { cache: 'download' }, { patience: hurried })
const kept = async () => (await readdir(process.env.TIASTREAM_CACHE!)).length

test.serial('a server without ranges is read, once in each of its states, by this user alone', async (t) => {
  const server = await served(t)
  const source = await opened(server, '?sig=s3cret')
  t.is(source.uri, `${server.url}/a.svs`)
  t.true(Buffer.from(await source.read(100_000, 50_000)).equals(content.subarray(100_000, 150_000)))
  const ranged = await openRemote(`${(await served(t, () => false)).url}/a.svs`, {}, { patience: hurried })
  t.true(sameContent(await identityOf(ranged), await identityOf(source)))
  await source.close()
  await ranged.close()
})

test.serial('it is kept, and not fetched again while the server has it in this state', async (t) => {
  const server = await served(t)
  await (await opened(server)).close()
  t.is((await stat(process.env.TIASTREAM_CACHE!)).mode & 0o777, 0o700)
  t.is(await kept(), 1)
  await (await opened(server, '?sig=other')).close()
  t.is(await kept(), 1)
  const other = content.map((byte) => byte ^ 1)
  server.odd = (_, __, response) => !!response.writeHead(200, { etag: tagOf(other) }).end(other)
  const source = await opened(server)
  t.is((await source.read(7, 1))[0], content[7]! ^ 1)
  await source.close()
  t.is(await kept(), 2)
})

test.serial('what a server compresses without being asked is unpacked', async (t) => {
  const server = await served(t, (_, __, response) => !!response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(content)))
  const source = await opened(server)
  t.is(source.size, content.length)
  await source.close()
})

test.serial('a body that breaks off is fetched again; nothing of it is left', async (t) => {
  const server = await served(t, (n, request, response) => {
    if (n > 1) return whole(n, request, response)
    response.writeHead(200, { 'content-length': content.length, etag: tagOf(content) })
    response.write(content.subarray(0, 1000))
    setTimeout(() => response.destroy(), 10)
    return true
  })
  const source = await opened(server)
  t.true(Buffer.from(await source.read(0, content.length)).equals(content))
  await source.close()
  t.is(server.seen.length, 3)
  t.is(await kept(), 1)
})

test.serial('the folder holds so much, and what was not used for longest goes', async (t) => {
  const server = await served(t)
  const folder = process.env.TIASTREAM_CACHE!
  await mkdir(folder)
  const [old, older, young] = ['0', '1', '2'].map((digit) => digit.repeat(64))
  for (const [i, name] of [old, older, young, 'mine.svs'].entries()) {
    await writeFile(path.join(folder, name!), new Uint8Array(100_000))
    const time = new Date(Date.now() - [2000, 3000, 1000, 9000][i]! * 1000)
    await utimes(path.join(folder, name!), time, time)
  }
  const { file } = await download(`${server.url}/a.svs`, {}, { patience: hurried, kept: 300_000 })
  t.deepEqual(
    (await readdir(folder)).sort(),
    [path.basename(file), young, 'mine.svs'].sort(),
    'what somebody else put there is nothing of ours',
  )
  await download(`${server.url}/d.svs`, {}, { patience: hurried, file: 200_000 })
  t.is(await kept(), 4, 'a bound of one file is none of the others')
  const error = await t.throwsAsync<SlideError>(download(`${server.url}/b.svs`, {}, { patience: hurried, file: 100_000 }), {
    instanceOf: SlideError,
  })
  t.is(error.code, 'SLIDE_TOO_LARGE')
  server.odd = (_, __, response) => {
    response.writeHead(200, { etag: '"endless"' })
    const more = () => {
      while (!response.destroyed) if (!response.write(content)) return void response.once('drain', more)
    }
    more()
    return true
  }
  t.is(
    (await t.throwsAsync<SlideError>(download(`${server.url}/c.svs`, {}, { patience: hurried, file: 5_000_000 }))).code,
    'SLIDE_TOO_LARGE',
  )
  t.true((await readdir(folder)).every((name) => !name.endsWith('.partial')))
})

test.serial('what is refused is told as without it', async (t) => {
  const server = await served(t, (_, __, response) => !!response.writeHead(403).end('<Code>AccessDenied</Code>'))
  const error = await t.throwsAsync<SlideError>(opened(server, '?sig=s3cret'), { instanceOf: SlideError, message: /403 \(AccessDenied\)/ })
  t.notRegex(error.message, /s3cret/)
})

test.serial('what the query names is another file, whether the server knows its state or not; what signs it is none', async (t) => {
  for (const headers of [{}, { 'last-modified': 'Wed, 21 Oct 2026 07:28:00 GMT' }, { etag: '"same"' }]) {
    const server = await served(
      t,
      (_, request, response) =>
        !!response.writeHead(200, headers).end(`slide ${new URL(request.url!, 'http://x').searchParams.get('id')}`.padEnd(70_000, '.')),
    )
    const textOf = async (query: string) => {
      const source = await opened(server, query)
      const text = Buffer.from(await source.read(0, 7)).toString()
      await source.close()
      return text
    }
    t.is(await textOf('?id=7'), 'slide 7')
    t.is(await textOf('?id=8'), 'slide 8')
    t.is(await textOf('?id=7&X-Amz-Date=1&X-Amz-Signature=a'), 'slide 7')
    t.is(await textOf('?sv=2021&se=2026&id=7&sig=b'), 'slide 7')
    t.is(await kept(), 2)
  }
})

test.serial(
  'where the server knows no state of it, a file of a process that has ended is not taken, nor one of another length',
  async (t) => {
    let now = 'first'
    const server = await served(t, (_, __, response) => !!response.writeHead(200, { 'content-length': now.length }).end(now))
    const textOf = async () => {
      const { file } = await download(`${server.url}/a.svs`, undefined, { patience: hurried })
      return readFile(file, 'utf8')
    }
    t.is(await textOf(), 'first')
    now = 'second'
    t.is(await textOf(), 'second')
    // A container that is started again has the same number for its only process.
    const again = `import { download } from ${JSON.stringify(new URL('../../src/remote/download.js', import.meta.url).href)}
    Object.defineProperty(process, 'pid', { value: ${process.pid} })
    process.stdout.write((await download('${server.url}/a.svs')).file)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', again])
    t.not(stdout, (await download(`${server.url}/a.svs`, undefined, { patience: hurried })).file)
  },
)
