/** A series on a DICOMweb server is the slide that its files are; what a server says is believed within bounds, and what it says wrong is told. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { el } from '../../fixtures/dicom-file.js'
import { label, type SlideFile, secondLevel, slideTile, syntaxes, tilesOf } from '../../fixtures/dicom-slide.js'
import { whole } from '../../fixtures/pixels.js'
import { PipelineError, SlideError } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import { openSeries, type SeriesSource } from '../../src/readers/dicom/series-source.js'
import { identify } from '../../src/readers/identify.js'
import { openSlide } from '../../src/readers/open.js'
import { openWith } from '../../src/readers/open-with.js'
import { readers } from '../../src/readers/registry.js'
import { searchAddress, seriesAddress } from '../../src/remote/dicomweb/address.js'
import { RemoteSeries } from '../../src/remote/dicomweb/series.js'
import { foundBy } from '../../src/sources/common/found.js'
import { stream } from '../readers/dicom/codestreams.js'
import { openAt, readLevel, refTo, same } from '../readers/open-buffer.js'
import { pixels } from '../readers/tiff-builder.js'
import {
  type DicomwebServer,
  files,
  jsonOf,
  made,
  multipart,
  type SentPart,
  type ServedSeries,
  sendJson,
  sendParts,
  serving,
} from '../support/dicomweb-server.js'
import { edit, writeCohort } from '../support/small-cohort.js'
import { tempFolder } from '../support/temp.js'

/** Plain pixels in frames of 32 × 32. */
const native = (more: Partial<SlideFile> = {}): SlideFile => ({
  uid: '1.9',
  syntax: syntaxes.explicit,
  size: whole,
  tile: slideTile,
  pixels: { frames: tilesOf(whole), table: 'native' },
  ...more,
})

test('a series is the slide of its files: facts, every pixel, the label', async (t) => {
  const server = await serving(t)
  const slide = await openAt(t, server.slide)
  const local = await openAt(t, path.join(packageRoot, 'fixtures/dicom'))
  const { uri, ...facts } = slide.info
  const { uri: _, ...wanted } = local.info
  t.deepEqual(facts, wanted)
  t.is(uri, server.slide)
  same(t, await readLevel(slide, 0), whole.data, 'level 0')
  same(t, await readLevel(slide, 1), secondLevel.data, 'level 1')
  const { data, ...size } = await slide.associated('label')
  t.deepEqual(size, { width: label.width, height: label.height })
  same(t, data, label.data, 'the label')
})

test('what is asked: metadata once, the first frame of each level, then frames in lists of eight; none for what no frame shows', async (t) => {
  const server = await serving(t, { ...made, files: [files[2]!, native()] })
  const slide = await openAt(t, server.slide)
  const paths = () => server.seen.splice(0).map(({ url }) => url.replace('/pacs/studies/1.2.3/series/1.2.3.4', ''))
  t.deepEqual(paths(), ['/metadata', '/instances/1.9/frames/1', '/instances/1.2.3.4.2/frames/1'])
  // 4 × 3 tiles.
  await readLevel(slide, 0)
  t.deepEqual(paths(), ['/instances/1.9/frames/1,2,3,4,5,6,7,8', '/instances/1.9/frames/9,10,11,12'])
  // 2 × 2 tiles, of which three have a frame.
  await readLevel(slide, 1)
  t.deepEqual(paths(), ['/instances/1.2.3.4.2/frames/1,2,3'])
})

test('headers: stored bytes are asked for, uncompressed, by name', async (t) => {
  const server = await serving(t)
  await openAt(t, server.slide)
  const [metadata, frame] = server.seen.map(({ headers }) => headers)
  t.is(metadata!.accept, 'application/dicom+json')
  t.is(frame!.accept, 'multipart/related; type="application/octet-stream"; transfer-syntax=*')
  for (const headers of [metadata!, frame!]) t.deepEqual([headers['accept-encoding'], headers['user-agent']], ['identity', 'tiastream'])
})

test('a server that wants its frames asked for by type gets its way', async (t) => {
  const server = await serving(t)
  server.odd = (_, url, response, request) => {
    if (!url.pathname.includes('/frames/') || !request.headers.accept?.includes('=*')) return false
    response.writeHead(406).end()
    return true
  }
  const slide = await openAt(t, server.slide)
  const asked = server.seen.length
  same(t, await readLevel(slide, 0), whole.data)
  t.true(
    server.seen.slice(asked).every(({ headers }) => headers.accept?.includes('type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50')),
  )
})

test('who it is follows from what a slide follows from: not from the order of anything, patients, or where it is found', async (t) => {
  const server = await serving(t)
  const first = await identify(refTo(server.slide), readers)
  t.is(server.seen.length, 1, 'one request says who it is')
  server.all = [{ ...made, files: files.toReversed() }]
  server.say = (said) => ({
    ...Object.fromEntries(Object.entries(said).reverse()),
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Somebody Else' }] },
    '00081190': { vr: 'UR', Value: ['https://another.host/wado'] },
  })
  t.deepEqual(await identify(refTo(server.slide), readers), first)
  const slide = await openSlide(refTo(server.slide))
  t.teardown(() => slide.close())
  t.deepEqual(slide.identity, first)
  for (const [key, value] of [
    ['00080018', '1.2.3.4.77'],
    ['00080023', '20260101'],
    ['00480006', 100],
  ] as const) {
    server.say = (said) => ({
      ...said,
      [key]: { vr: 'UI', Value: [key === '00080018' ? `${value}.${said['00080018']!.Value![0] as string}` : value] },
    })
    t.notDeepEqual(await identify(refTo(server.slide), readers), first, key)
  }
})

test('a thread that opens it again asks for no metadata; one that is told of another state says so', async (t) => {
  const server = await serving(t)
  const first = await openWith(readers, refTo(server.slide), { share: true })
  t.teardown(() => first.close())
  const known = structuredClone(first.known!)
  server.seen.length = 0
  const again = await openWith(readers, refTo(server.slide), { again: true, known, identity: first.identity })
  t.teardown(() => again.close())
  t.false(server.seen.some(({ url }) => url.includes('metadata')))
  t.deepEqual(again.info, first.info)
  same(t, await readLevel(again, 1), secondLevel.data)
  server.say = (said) => ({ ...said, '00280103': { vr: 'US', Value: [0, 0] } })
  await t.throwsAsync(openWith(readers, refTo(server.slide), { again: true, identity: first.identity }), { code: 'SLIDE_CHANGED' })
})

async function refused(t: ExecutionContext, work: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  const error = await t.throwsAsync<SlideError>(work, { instanceOf: SlideError })
  t.is(error.code, code, error.message)
  t.regex(error.message, message)
}

test('metadata that are none', async (t) => {
  const server = await serving(t)
  let said: unknown
  let type = 'application/dicom+json'
  server.odd = (_, _url, response) => {
    response.writeHead(200, { 'content-type': type }).end(typeof said === 'string' ? said : JSON.stringify(said))
    return true
  }
  const instance = jsonOf([el(0x0008_0016, 'UI', '1.2.840.10008.5.1.4.1.1.77.1.6'), el(0x0008_0018, 'UI', '1.2.3.4.5')])
  const deep = { '00480105': { vr: 'SQ', Value: [{}] as unknown[] } }
  for (let i = 0, at = deep; i < 40; i++) {
    const next = { '00480105': { vr: 'SQ', Value: [{}] as unknown[] } }
    at['00480105'].Value = [next]
    at = next
  }
  for (const [what, code, message] of [
    ['<html>Log in</html>', 'SLIDE_UNREADABLE', /and not with DICOM JSON/],
    ['[{', 'SLIDE_UNREADABLE', /broken JSON/],
    ['{}', 'SLIDE_MALFORMED', /no list of instances/],
    ['[7]', 'SLIDE_MALFORMED', /something else than a data set/],
    ['[]', 'SLIDE_UNSUPPORTED', /without a whole slide image/],
    [[deep], 'SLIDE_MALFORMED', /more than 24 sequences in one another/],
    [
      [instance, { ...instance, '00080023': { vr: 'DA', Value: ['20260101'] } }],
      'SLIDE_MALFORMED',
      /the instance 1\.2\.3\.4\.5 twice, and says two things of it/,
    ],
    [[{ ...instance, '00080018': { vr: 'UI', Value: ['../../../etc'] } }], 'SLIDE_MALFORMED', /whose number is none/],
    [
      Array.from({ length: 1025 }, (_, i) => ({ ...instance, '00080018': { vr: 'UI', Value: [`1.${i}`] } })),
      'SLIDE_TOO_LARGE',
      /more than 1024 instances/,
    ],
  ] as const) {
    said = what
    type = typeof what === 'string' && what.startsWith('<') ? 'text/html; charset=utf-8' : 'application/dicom+json'
    await refused(t, openAt(t, server.slide), code, message)
  }
})

test('an answer that says it is longer than anything sensible is not read; one that says nothing is, up to there', async (t) => {
  const server = await serving(t)
  server.odd = (n, _, response) => {
    response.writeHead(200, { 'content-type': 'application/dicom+json', ...(n === 0 ? { 'content-length': 2 ** 40 } : {}) }).write('[')
    if (n > 0) {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(2 ** 20, 0x20)));
      }
      response.on('drain', more)
      more()
    }
    return true
  }
  await refused(t, openAt(t, server.slide), 'SLIDE_TOO_LARGE', /more than 67108864 bytes/)
  await refused(t, openAt(t, server.slide), 'SLIDE_TOO_LARGE', /more than 67108864 bytes/)
})

test('what a server refuses is told with the way out', async (t) => {
  const server = await serving(t)
  for (const [status, code] of [
    [401, 'SLIDE_FORBIDDEN'],
    [403, 'SLIDE_FORBIDDEN'],
    [404, 'SLIDE_MISSING'],
    [400, 'SLIDE_UNREADABLE'],
  ] as const) {
    server.odd = (_, _url, response) => {
      response.writeHead(status).end()
      return true
    }
    await refused(t, openAt(t, server.slide), code, new RegExp(`the server says ${status}`))
  }
})

const quick = { tries: 3, pauseMs: 1, quietMs: 60_000 }
const octets = (bytes: Uint8Array, more: Record<string, string> = {}): SentPart => ({
  headers: { 'content-type': 'application/octet-stream', ...more },
  bytes,
})
const one = octets(Buffer.from('one'))

test('frames that are not what was asked for are asked for again, then given up', async (t) => {
  const server = await serving(t)
  const series = new RemoteSeries(server.slide, quick)
  const whole = multipart([one, one], 'b')
  const parts = 'multipart/related; boundary=b'
  for (const [what, type, body, message] of [
    ['a page', 'text/html', Buffer.from('<html>'), /'text\/html' came, where parts were to come/],
    ['no type', '', whole, /nothing came, where parts were to come/],
    ['no boundary', 'multipart/related; type="image/jpeg"', whole, /the parts have no boundary/],
    ['an endless boundary', `multipart/related; boundary=${'b'.repeat(300)}`, whole, /the parts have no boundary/],
    ['another boundary', 'multipart/related; boundary=c', whole, /the parts do not begin/],
    ['too many', parts, multipart([one, one, one], 'b'), /more than 2 parts came/],
    [
      'of another number',
      parts,
      multipart([one, octets(one.bytes, { 'content-location': 'x/frames/5' })], 'b'),
      /frame 5 came, where frame 2/,
    ],
    ['cut short', parts, whole.subarray(0, whole.length - 12), /the last part ends early/],
    ['without an end', parts, Buffer.from('--b\r\n\r\none\r\n--b and'), /the parts end early/],
    ['headers without an end', parts, Buffer.from(`--b\r\n${'x: y\r\n'.repeat(5000)}`), /no end of its headers/],
    ['nothing', parts, Buffer.alloc(0), /the parts do not begin/],
  ] as const) {
    server.seen.length = 0
    server.odd = (_, _url, response) => {
      response.writeHead(200, type === '' ? {} : { 'content-type': type }).end(body)
      return true
    }
    await refused(t, series.frames('1.2', [0, 1], 1000), 'SLIDE_UNREACHABLE', message)
    t.is(server.seen.length, 4, `${what}: three times, and one frame alone`)
  }
  server.odd = (n, _, response) => {
    if (n % 2 === 1) response.writeHead(200, { 'content-type': parts }).end(whole)
    else response.writeHead(503).end()
    return true
  }
  server.seen.length = 0
  t.deepEqual(
    (await series.frames('1.2', [0, 1], 1000)).map(({ bytes }) => Buffer.from(bytes).toString()),
    ['one', 'one'],
  )
})

test('a frame that is longer than any of its size is not read', async (t) => {
  const server = await serving(t)
  server.odd = (_, _url, response) => {
    sendParts(response, [octets(Buffer.alloc(200_000))])
    return true
  }
  await refused(
    t,
    new RemoteSeries(server.slide, quick).frames('1.2', [0], 1000),
    'SLIDE_TOO_LARGE',
    /more than \d+ bytes where .*frames\/1 is asked for/,
  )
})

test('parts are cut by their lengths where a boundary follows, else by boundaries; their bytes may hold anything', async (t) => {
  const server = await serving(t)
  const series = new RemoteSeries(server.slide, quick)
  const nasty = Buffer.from('\r\n--b\r\n\r\n--b--\r\n')
  const sent: SentPart[] = [
    octets(nasty, { 'content-length': `${nasty.length}` }),
    octets(Buffer.from('--b'), { 'content-length': '99999999999' }),
    { headers: {}, bytes: Buffer.from('\0\r\n') },
    octets(Buffer.alloc(0), { 'content-length': '0' }),
  ]
  server.odd = (_, _url, response) => {
    const body = Buffer.concat([Buffer.from('a preamble\r\n'), multipart(sent, 'b'), Buffer.from('an epilogue')])
    // As Orthanc writes it.
    response.writeHead(200, { 'content-type': 'multipart/related; type="image/jpeg; transfer-syntax=1.2.3"; boundary=b' }).end(body)
    return true
  }
  const frames = await series.frames('1.2', [0, 1, 2, 3], 1000)
  t.deepEqual(
    frames.map(({ bytes }) => Buffer.from(bytes).toString('latin1')),
    sent.map(({ bytes }) => Buffer.from(bytes).toString('latin1')),
  )
})

/** The first frame of each level is as it should be, the others are `parts`. */
async function later(
  t: ExecutionContext,
  file: SlideFile,
  part: (bytes: Uint8Array) => SentPart,
): Promise<DicomwebServer & { readonly slide: string }> {
  const server = await serving(t, { ...made, files: [file] })
  server.odd = (_, url, response) => {
    const list = /\/frames\/(.*)$/.exec(url.pathname)?.[1]
    if (list === undefined || list === '1') return false
    sendParts(
      response,
      list.split(',').map((n) => part(file.pixels.frames[Number(n) - 1]!)),
    )
    return true
  }
  return server
}

test('a frame in another syntax than its level, or of another length, is the error of its tile', async (t) => {
  for (const [part, message] of [
    [(bytes: Uint8Array) => octets(bytes, { 'content-type': 'image/jpeg' }), /gives it in jpeg, and the first frame of its level in none/],
    [(bytes: Uint8Array) => octets(bytes.subarray(1)), /gives 3071 bytes, where 3072 are needed/],
    [(bytes: Uint8Array) => octets(Buffer.concat([bytes, Buffer.alloc(2)])), /gives 3074 bytes, where 3072 are needed/],
  ] as const) {
    const server = await later(t, native(), part)
    await refused(t, readLevel(await openAt(t, server.slide), 0), 'TILE_UNDECODABLE', message)
  }
})

test('a server that does not say the syntax: by the first bytes, or plain', async (t) => {
  const plain = await later(t, native(), (bytes) => octets(bytes))
  same(t, await readLevel(await openAt(t, plain.slide), 0), whole.data)
  const server = await serving(t, { ...made, files: [native()] })
  server.odd = (_, url, response) => {
    if (!url.pathname.includes('frames')) return false
    // A JPEG that no decoder here reads, without loss: told by its bytes.
    sendParts(response, [octets(Buffer.from([0xff, 0xd8, 0xff, 0xc9, 0, 17, 8, 0, 32, 0, 32, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]))])
    return true
  }
  await refused(t, openAt(t, server.slide), 'SLIDE_UNSUPPORTED', /JPEG process c9/)
})

test('JPEG-LS with a header of its own before the frame is told by its bytes, too', async (t) => {
  const file = native({
    size: { width: 16, height: 16 },
    tile: 16,
    syntax: syntaxes.jpegLs,
    pixels: { frames: [stream('jpegLs')], table: 'basic' },
  })
  const server = await serving(t, { ...made, files: [file] })
  server.odd = (_, url, response) => {
    if (!url.pathname.includes('frames')) return false
    sendParts(response, [octets(stream('jpegLs'))])
    return true
  }
  const slide = await openAt(t, server.slide)
  t.is(slide.info.compression, 'jpeg-ls')
  same(t, await readLevel(slide, 0), pixels(0, 0, 16, 16))
})

test('frames that the server decoded into colours that nobody knows are refused', async (t) => {
  const server = await serving(t, { ...made, files: [native({ changes: { 2621444: el(0x0028_0004, 'CS', 'YBR_FULL_422') } })] })
  await refused(t, openAt(t, server.slide), 'SLIDE_UNSUPPORTED', /decoded by the server, which does not say into which colours/)
})

test('a server that fails in the middle fails the slide, and no tile of it', async (t) => {
  const server = await serving(t)
  const slide = await openAt(t, server.slide)
  server.odd = (_, _url, response) => {
    response.writeHead(404).end()
    return true
  }
  const out = new Uint8Array(32 * 32 * 3)
  const reading = slide.read([{ region: { x: 0, y: 0, width: 32, height: 32 }, width: 32, height: 32, level: 0 }], [out])
  await refused(t, reading, 'SLIDE_MISSING', /frames\/1 does not exist: the server says 404/)
})

test('closing ends what is on its way', async (t) => {
  const server = await serving(t)
  const source: SeriesSource = await openSeries(server.slide)
  const asked = new Promise<void>((done) => {
    server.odd = () => {
      done()
      return true
    }
  })
  const coming = source.frames('1.2.3.4.1.1', [0], 1000)
  await asked
  await source.close()
  await t.throwsAsync(coming, { message: /has been closed/ })
})

test('user and password of the address go to its server, and nowhere else', async (t) => {
  const server = await serving(t)
  server.odd = (_, _url, response, request) => {
    if (request.headers.authorization === `Basic ${Buffer.from('dr:s3cret').toString('base64')}`) return false
    response.writeHead(401).end()
    return true
  }
  const signed = server.slide.replace('://', '://dr:s3cret@')
  const slide = await openAt(t, `${signed}?key=s3cret`)
  t.is(slide.info.uri, server.slide)
  t.is(slide.info.id, 'x')
  same(t, await readLevel(slide, 1), secondLevel.data)
  t.true(server.seen.every(({ url }) => url.endsWith('?key=s3cret')))
  const error = await t.throwsAsync<SlideError>(openAt(t, signed.replace('s3cret', 's3cret2')), { code: 'SLIDE_FORBIDDEN' })
  t.notRegex(`${error.message} ${error.hint}`, /s3cret/)
  t.regex(error.hint ?? '', /TIASTREAM_DICOMWEB_TOKEN/)
})

test.serial('an access token goes to the hosts that it is said to be for, and to no other', async (t) => {
  const server = await serving(t)
  t.teardown(() => {
    delete process.env.TIASTREAM_DICOMWEB_TOKEN
    delete process.env.TIASTREAM_DICOMWEB_HOST
  })
  const tokenWith = async (hosts: string | undefined) => {
    process.env.TIASTREAM_DICOMWEB_TOKEN = 't0ken'
    if (hosts === undefined) delete process.env.TIASTREAM_DICOMWEB_HOST
    else process.env.TIASTREAM_DICOMWEB_HOST = hosts
    server.seen.length = 0
    await identify(refTo(server.slide), readers)
    return server.seen[0]!.headers.authorization
  }
  const { host } = new URL(server.url)
  t.is(await tokenWith(host), 'Bearer t0ken')
  t.is(await tokenWith('pacs.hospital.org, 127.0.0.1'), 'Bearer t0ken')
  for (const hosts of [undefined, '', 'pacs.hospital.org', `${host}0`, '127.0.0.1:1']) t.is(await tokenWith(hosts), undefined, hosts)
})

/** The rows of a run over `uri`, as text: 24 patches of 16 pixels and more. */
async function rowsOf(t: ExecutionContext, uri: string, lanes: number): Promise<{ readonly rows: string; readonly folder: string }> {
  const folder = await tempFolder(t)
  await writeCohort(folder)
  await writeFile(path.join(folder, 'lists/l.csv'), `id,uri,mask\na,${uri},../masks/a.npy\n`)
  await edit(folder, 'p.yml', '  - rows: { module: ./code/rows.mjs, columns: [{ name: score, type: float64 }] }\n', '')
  await edit(folder, 'p.yml', '  - extract\n', '  - extract: { on_error: mark }\n')
  await edit(folder, 'p.yml', 'lanes: 1', `lanes: ${lanes}`)
  const { slides } = await runPipeline(await readPlan(path.join(folder, 'p.yml')))
  t.is(slides.failed, 0)
  return { rows: readFileSync(path.join(folder, 'out/a.csv'), 'utf8'), folder }
}

test('a run gives the rows that it gives from the files; secrets are nowhere', async (t) => {
  const server = await serving(t)
  const local = await rowsOf(t, path.join(packageRoot, 'fixtures/dicom'), 1)
  const remote = await rowsOf(t, `${server.slide.replace('://', '://dr:s3cret@')}?key=s3cret`, 2)
  t.true(local.rows.split('\n').length > 15)
  t.is(remote.rows, local.rows)
  const asked = server.seen.filter(({ url }) => url.includes('/metadata')).length
  t.is(asked, 3, 'who it is, before it is opened, then, and after: lanes open it with what the first one found out')
  const out = path.join(remote.folder, 'out')
  const all = readdirSync(out, { recursive: true, encoding: 'utf8' }).map((name) => path.join(out, name))
  for (const file of all) if (statSync(file).isFile()) t.false(readFileSync(file).includes('s3cret'), file)
})

test('a run whose server goes away fails that slide, also where damaged patches are only marked', async (t) => {
  const server = await serving(t)
  server.odd = (_, url, response) => {
    if (!/frames\/\d+,/.test(url.pathname)) return false
    response.writeHead(403).end()
    return true
  }
  const folder = await tempFolder(t)
  await writeCohort(folder)
  await writeFile(path.join(folder, 'lists/l.csv'), `id,uri,mask\na,${server.slide},../masks/a.npy\n`)
  await edit(folder, 'p.yml', '  - extract\n', '  - extract: { on_error: mark }\n')
  const codes: string[] = []
  await runPipeline(await readPlan(path.join(folder, 'p.yml')), {
    onEvent: (event) => void (event.type === 'slide.failed' && codes.push(event.error.code)),
  })
  t.deepEqual(codes, ['SLIDE_FORBIDDEN'])
})

test('addresses', (t) => {
  const series = (uri: string) => seriesAddress(uri).url
  t.is(series('dicomweb://pacs.org/dicom-web/studies/1.2/series/3.4'), 'https://pacs.org/dicom-web/studies/1.2/series/3.4')
  t.is(series('dicomweb+https://pacs.org/studies/1.2/series/3.4/'), 'https://pacs.org/studies/1.2/series/3.4')
  t.is(
    series('DICOMweb+HTTP://u:p@pacs.org:8042/a/studies/b/studies/1.2/series/3.4'),
    'http://u:p@pacs.org:8042/a/studies/b/studies/1.2/series/3.4',
  )
  for (const uri of ['dicomweb://pacs.org', 'dicomweb://pacs.org/studies/1.2', 'dicomweb://pacs.org/studies/1.2/series/*'])
    t.throws(() => seriesAddress(uri), { code: 'SLIDE_MISSING', message: /names no series/ }, uri)
  for (const uri of ['dicomweb:///studies/1', 'dicomweb://[/x', 'dicomweb://h/studies/1.2/series/%2e%2e', 'dicomweb://h/studies/abc'])
    t.throws(() => searchAddress(uri), { code: 'SLIDE_MISSING' }, uri)
})

const many = Array.from(
  { length: 1203 },
  (_, i): ServedSeries => ({ study: `1.${i % 7}`, series: `2.${i}`, modality: i % 3 === 0 ? 'SEG' : 'SM', files: [] }),
)

test('all slides of a service, and those of a study, page by page', async (t) => {
  const server = await serving(t, ...many)
  const service = server.url.replace('http', 'dicomweb+http')
  const slides = many.filter(({ modality }) => modality === 'SM')
  const addressOf = ({ study, series }: ServedSeries) => server.address(study, series)
  t.deepEqual(await foundBy([service], '.'), slides.map(addressOf).sort())
  t.is(server.seen.length, 3, 'two pages, and one that has no more')
  for (const study of [`${service}/studies/1.3`, `${service}/studies/1.3/series/*`])
    t.deepEqual(
      await foundBy([study], '.'),
      slides
        .filter((one) => one.study === '1.3')
        .map(addressOf)
        .sort(),
    )
  t.deepEqual(
    await foundBy([`${service}/studies/*/series/*`, `!${service}/studies/1.3/**`], '.'),
    slides
      .filter((one) => one.study !== '1.3')
      .map(addressOf)
      .sort(),
  )
  const asDoctor = service.replace('://', '://dr:s3cret@')
  t.is((await foundBy([asDoctor, `!${asDoctor}/studies/1.3/**`], '.')).length, slides.filter(({ study }) => study !== '1.3').length)
  server.seen.length = 0
  await foundBy([`${service}/studies?PatientID=P%207&StudyDate=20260101-`], '.')
  const { searchParams } = new URL(server.seen[0]!.url, server.url)
  t.deepEqual([searchParams.get('PatientID'), searchParams.get('StudyDate'), searchParams.get('Modality')], ['P 7', '20260101-', 'SM'])
  server.seen.length = 0
  t.deepEqual(await foundBy([server.address('1.3', '2.3')], '.'), [server.address('1.3', '2.3')])
  t.is(server.seen.length, 0, 'a series is itself')
  // What asks for nothing of a slide says who asks: it goes on with each.
  const withKey = await foundBy([`${service}/studies/1.3?PatientID=P7&key=s3cret`], '.')
  const inStudy = slides.filter(({ study }) => study === '1.3').map((one) => `${addressOf(one)}?key=s3cret`)
  t.deepEqual(withKey, inStudy.sort())
  t.true(server.seen.every(({ url }) => url.includes('key=s3cret')))
})

test('a server that knows neither pages nor modalities', async (t) => {
  const server = await serving(t)
  server.odd = (_, url, response) => {
    if (!url.pathname.endsWith('/series')) return false
    sendJson(response, [
      jsonOf([el(0x0008_0060, 'CS', 'CT'), el(0x0020_000d, 'UI', '1.2'), el(0x0020_000e, 'UI', '3.3')]),
      jsonOf([el(0x0020_000d, 'UI', '1.2'), el(0x0020_000e, 'UI', '3.4')]),
    ])
    return true
  }
  t.deepEqual(await foundBy([server.url.replace('http', 'dicomweb+http')], '.'), [server.address('1.2', '3.4')])
  t.is(server.seen.length, 2)
})

test('lists that are none', async (t) => {
  const server = await serving(t)
  for (const [said, message] of [
    [{}, /no list of series/],
    [[{}], /without saying which it is/],
    [[null], /without saying which it is/],
    [[jsonOf([el(0x0020_000d, 'UI', '1.2'), el(0x0020_000e, 'UI', '../3')])], /without saying which it is/],
  ] as const) {
    server.odd = (_, _url, response) => {
      sendJson(response, said)
      return true
    }
    await t.throwsAsync(foundBy([server.url.replace('http', 'dicomweb+http')], '.'), {
      instanceOf: PipelineError,
      code: 'LIST_UNREADABLE',
      message,
    })
  }
})
