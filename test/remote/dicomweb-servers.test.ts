/** Other servers than Orthanc, each with what its documents or its code say of it: the same slide, whoever serves it. */

import { writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import path from 'node:path'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { el } from '../../fixtures/dicom-file.js'
import { label, type SlideFile, secondLevel, syntaxes } from '../../fixtures/dicom-slide.js'
import { whole } from '../../fixtures/pixels.js'
import { SlideError } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import { RemoteSeries } from '../../src/remote/dicomweb/series.js'
import { foundBy } from '../../src/sources/common/found.js'
import { jpegLossless, stream } from '../readers/dicom/codestreams.js'
import { openAt, readLevel, same } from '../readers/open-buffer.js'
import { pixels } from '../readers/tiff-builder.js'
import {
  type DicomwebServer,
  files,
  jsonOf,
  made,
  multipart,
  sendJson,
  sendParts,
  serving as servingSlide,
} from '../support/dicomweb-server.js'
import { tempFolder } from '../support/temp.js'

const serving = (t: ExecutionContext, ...own: SlideFile[]) => servingSlide(t, own.length === 0 ? made : { ...made, files: own })

interface Asked {
  readonly file: SlideFile
  readonly numbers: readonly number[]
  readonly frames: readonly Uint8Array[]
  readonly accept: string
}

/** `answer`: to a question for frames; false: as the standard has it. */
function frames(server: DicomwebServer, answer: (asked: Asked, response: ServerResponse) => unknown): void {
  server.odd = (_, { pathname }, response, { headers }) => {
    const [, uid, list] = /instances\/([\d.]+)\/frames\/([\d,]+)$/.exec(pathname) ?? []
    const file = server.all[0]!.files.find((one) => one.uid === uid)
    if (file === undefined || list === undefined) return false
    const numbers = list.split(',').map(Number)
    const asked = { file, numbers, frames: numbers.map((n) => file.pixels.frames[n - 1]!), accept: headers.accept ?? '' }
    return answer(asked, response) !== false
  }
}

async function sameSlide(t: ExecutionContext, uri: string, what: string): Promise<void> {
  const slide = await openAt(t, uri)
  const local = await openAt(t, path.join(packageRoot, 'fixtures/dicom'))
  t.deepEqual({ ...slide.info, uri: '' }, { ...local.info, uri: '' }, what)
  same(t, await readLevel(slide, 0), whole.data, `level 0, ${what}`)
  same(t, await readLevel(slide, 1), secondLevel.data, `level 1, ${what}`)
  same(t, (await slide.associated('label')).data, label.data, `the label, ${what}`)
}

const refuse = (response: ServerResponse, status: number) => response.writeHead(status).end()

test('a server that gives no lists of frames (static DICOMweb: a frame is a file) is asked for each, whatever it says to a list', async (t) => {
  for (const status of [400, 404, 405, 501, 500]) {
    const server = await serving(t)
    frames(server, ({ numbers }, response) => (numbers.length > 1 ? refuse(response, status) : false))
    await sameSlide(t, server.slide, `${status}`)
    const lists = server.seen.filter(({ url }) => /frames\/\d+,/.test(url))
    t.true(lists.length <= (status === 500 ? 10 : 2), `${lists.length} lists, of one turn`)
  }
})

test('a server that gives the first frame of a list, as a part or as all of its answer', async (t) => {
  const quick = { tries: 2, pauseMs: 1, quietMs: 60_000 }
  for (const alone of [false, true]) {
    const server = await serving(t)
    frames(server, ({ file, frames: [first] }, response) => {
      if (alone) response.writeHead(200, { 'content-type': `image/dicom-rle; transfer-syntax=${file.syntax}` }).end(first)
      else sendParts(response, [{ headers: { 'content-type': `application/octet-stream; transfer-syntax=${file.syntax}` }, bytes: first! }])
    })
    const series = new RemoteSeries(server.slide, quick)
    const got = await series.frames(files[0]!.uid, [0, 1, 2], 10_000)
    t.deepEqual(
      got.map(({ bytes, syntax }) => [Buffer.from(bytes), syntax]),
      files[0]!.pixels.frames.slice(0, 3).map((bytes) => [Buffer.from(bytes), files[0]!.syntax]),
    )
    const asked = server.seen.length
    await series.frames(files[0]!.uid, [3, 4], 10_000)
    t.is(server.seen.length, asked + 2, 'no list once more')
  }
})

test('a server that gives none of a list is not believed frame by frame either', async (t) => {
  const server = await serving(t)
  frames(server, (_, response) => refuse(response, 404))
  const series = new RemoteSeries(server.slide)
  const error = await t.throwsAsync<SlideError>(series.frames(files[0]!.uid, [0, 1], 1000), { instanceOf: SlideError })
  t.is(error.code, 'SLIDE_MISSING')
})

test('a frame that is all of an answer: its end must be known', async (t) => {
  const server = await serving(t)
  frames(server, ({ file, numbers, frames: [first] }, response) => {
    if (numbers.length > 1) return refuse(response, 400)
    const type = file.syntax === syntaxes.rle ? 'image/dicom-rle' : 'application/octet-stream'
    return response.writeHead(200, { 'content-type': type }).end(first)
  })
  await sameSlide(t, server.slide, 'one part')
  frames(server, (_, response) => response.socket!.end('HTTP/1.1 200 OK\r\nContent-Type: image/dicom-rle\r\nConnection: close\r\n\r\nabc'))
  const series = new RemoteSeries(server.slide, { tries: 1, pauseMs: 1, quietMs: 60_000 })
  await t.throwsAsync(series.frames(files[0]!.uid, [0], 10_000), { code: 'SLIDE_UNREACHABLE', message: /whose end nobody can tell/ })
})

test('the last boundary written as any other (static-dicomweb-creator), and cut off nowhere', async (t) => {
  const server = await serving(t)
  frames(server, ({ file, numbers, frames: [first] }, response) => {
    if (numbers.length > 1) return refuse(response, 404)
    const whole = multipart([{ headers: { 'Content-Type': `image/dicom-rle;transfer-syntax=${file.syntax}` }, bytes: first! }], 'B_1')
    return response
      .writeHead(200, { 'content-type': 'multipart/related; type="application/octet-stream"; boundary=B_1' })
      .end(whole.subarray(0, whole.length - 4))
  })
  await sameSlide(t, server.slide, 'without an end')
})

test('answers that lie compressed (gzip files on a plain web server)', async (t) => {
  for (const [coding, pack] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const) {
    const server = await serving(t)
    const metadata = await (await fetch(`${server.url}/studies/1.2.3/series/1.2.3.4/metadata`)).text()
    server.odd = (_, { pathname }, response) => {
      if (!pathname.endsWith('/metadata')) return false
      // As a server says it that knows the file by its name alone.
      response.writeHead(200, { 'content-encoding': coding, 'content-type': 'binary/octet-stream' }).end(pack(`\ufeff${metadata}`))
      return true
    }
    await sameSlide(t, server.slide, coding)
  }
  const server = await serving(t)
  const series = new RemoteSeries(server.slide, { tries: 1, pauseMs: 1, quietMs: 60_000 })
  for (const [body, code, coding] of [
    [gzipSync(Buffer.alloc(65 * 2 ** 20, '[')), 'SLIDE_TOO_LARGE', 'gzip'],
    [gzipSync('[]').subarray(0, 12), 'SLIDE_UNREACHABLE', 'gzip'],
    [Buffer.from('[]'), 'SLIDE_UNREADABLE', 'compress'],
  ] as const) {
    server.odd = (_, _url, response) => {
      response.writeHead(200, { 'content-encoding': coding, 'content-type': 'application/dicom+json' }).end(body)
      return true
    }
    const error = await t.throwsAsync<SlideError>(series.metadata(), { instanceOf: SlideError })
    t.is(error.code, code, error.message)
  }
})

/** A slide of one frame, 16 × 16. */
const small = (syntax: string, bytes: Uint8Array, photometric = 'RGB'): SlideFile => ({
  uid: '1.9',
  syntax,
  size: { width: 16, height: 16 },
  tile: 16,
  pixels: { frames: [bytes], table: 'basic' },
  changes: { 2621444: el(0x0028_0004, 'CS', photometric) },
})
const decoded = Buffer.alloc(16 * 16 * 3, 7)

test('a server that decodes what it is not asked for by type is asked by type, where the colours would be lost', async (t) => {
  for (const photometric of ['YBR_ICT', 'YBR_RCT']) {
    const server = await serving(t, small(syntaxes.jpeg2000, stream('transformed'), photometric))
    frames(server, ({ accept, frames: [first] }, response) => {
      const byType = accept.includes('image/jp2')
      const type = byType ? 'image/jp2' : `application/octet-stream; transfer-syntax=${syntaxes.explicit}`
      sendParts(response, [{ headers: { 'content-type': type }, bytes: byType ? first! : decoded }])
    })
    const slide = await openAt(t, server.slide)
    same(t, await readLevel(slide, 0), pixels(0, 0, 16, 16))
    t.is(server.seen.length, 4, 'metadata, two ways, and the frame')
  }
})

test('a server that always decodes is asked in every way, and then told of; one that fails at another way is no worse for it', async (t) => {
  for (const status of [200, 406, 500]) {
    const server = await serving(t, small(syntaxes.jpeg2000, stream('transformed'), 'YBR_RCT'))
    frames(server, ({ accept }, response) =>
      status === 200 || accept.endsWith('=*')
        ? sendParts(response, [{ headers: { 'content-type': 'application/octet-stream' }, bytes: decoded }])
        : refuse(response, status),
    )
    await t.throwsAsync(openAt(t, server.slide), { code: 'SLIDE_UNSUPPORTED', message: /is decoded by the server/ })
    t.is(server.seen.length, 6)
  }
})

test('plain pixels that are said to be YBR_FULL are taken so, with a warning: a server may have decoded them to RGB', async (t) => {
  const server = await serving(t, small(syntaxes.explicit, Buffer.alloc(16 * 16 * 3, 128), 'YBR_FULL'))
  const slide = await openAt(t, server.slide)
  same(t, await readLevel(slide, 0), new Uint8Array(16 * 16 * 3).fill(128))
  t.regex(slide.info.warnings.join(), /taken for YBR_FULL as it says: where the server has decoded them to RGB, its colours are wrong/)
})

test('a boundary that is said in single quotes (dicomweb-proxy) or with its hyphens; one that has them is taken as it is', async (t) => {
  for (const [said, boundary] of [
    ["'b_1'", 'b_1'],
    ['--b_1', 'b_1'],
    ["'b_1'", "'b_1'"],
    ['--b_1', '--b_1'],
  ] as const) {
    const server = await serving(t)
    frames(server, ({ file, frames: all }, response) =>
      response.writeHead(200, { 'content-type': `multipart/related;start=1f;type='application/octet-stream';boundary=${said}` }).end(
        Buffer.concat([
          Buffer.from('\r\n'),
          multipart(
            all.map((bytes) => ({ headers: { 'Content-Type': `application/octet-stream; transfer-syntax=${file.syntax}` }, bytes })),
            boundary,
          ),
        ]),
      ),
    )
    await sameSlide(t, server.slide, `${said} ${boundary}`)
  }
})

test('RLE by the names that its type had before', async (t) => {
  for (const type of ['image/dicom+rle', 'image/x-dicom-rle']) {
    const server = await serving(t, files[0]!, files[1]!)
    frames(server, ({ frames: all }, response) =>
      sendParts(
        response,
        all.map((bytes) => ({ headers: { 'content-type': type }, bytes })),
      ),
    )
    same(t, await readLevel(await openAt(t, server.slide), 0), whole.data, type)
  }
})

test('a server that takes one type alone, or none with a syntax, or no type', async (t) => {
  for (const taken of [
    /^multipart\/related; type="image\/jpeg"; transfer-syntax=[\d.]+$/,
    /^multipart\/related; type="application\/octet-stream"$/,
    /^\*\/\*$/,
  ]) {
    const server = await serving(t)
    frames(server, ({ accept }, response) => (taken.test(accept) ? false : refuse(response, 406)))
    await sameSlide(t, server.slide, taken.source)
  }
})

test('a frame that is something else than the server says (dcm4chee #3443 and #1749, Orthanc) is what its bytes are', async (t) => {
  for (const [syntax, bytes, said] of [
    [syntaxes.jpeg2000, stream('transformed'), `application/octet-stream; transfer-syntax=${syntaxes.explicit}`],
    [syntaxes.jpeg2000, stream('transformed'), 'image/jpeg'],
    [syntaxes.jpegLs, stream('jpegLs'), 'image/jpeg'],
    [syntaxes.jpegLs, stream('jpegLs'), `image/jp2; transfer-syntax=${syntaxes.jpeg2000}`],
    [syntaxes.jpegLossless, jpegLossless[0]!, 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2'],
    [syntaxes.jpegLossless, jpegLossless[0]!, `image/jp2; transfer-syntax=${syntaxes.jpegLossless}`],
  ] as const) {
    const server = await serving(t, small(syntax, bytes))
    frames(server, (_, response) => sendParts(response, [{ headers: { 'content-type': said }, bytes }]))
    same(t, await readLevel(await openAt(t, server.slide), 0), pixels(0, 0, 16, 16), said)
  }
})

test('plain pixels that begin as a JPEG does are plain pixels', async (t) => {
  const bytes = pixels(0, 0, 16, 16)
  bytes.set([0xff, 0xd8, 0xff, 0xc0, 0, 17])
  const server = await serving(t, small(syntaxes.explicit, bytes))
  same(t, await readLevel(await openAt(t, server.slide), 0), bytes)
})

test('what is said of the answer is said of its parts, where they say nothing (RLE is told by nothing else)', async (t) => {
  for (const of of ['; transfer-syntax=SYNTAX', '; type="image/dicom-rle; transfer-syntax=SYNTAX"']) {
    const server = await serving(t)
    frames(server, ({ file, frames: all }, response) =>
      response.writeHead(200, { 'content-type': `multipart/related${of.replace('SYNTAX', file.syntax)}; boundary=b` }).end(
        multipart(
          // Nor does it say anything that it may give another one.
          all.map((bytes) => ({ headers: { 'content-type': 'application/octet-stream; transfer-syntax=*' }, bytes })),
          'b',
        ),
      ),
    )
    await sameSlide(t, server.slide, of)
  }
})

test('a series whose instances are said twice is read once; one that the server has nothing to say of is missing', async (t) => {
  const server = await serving(t, ...files, ...files)
  await sameSlide(t, server.slide, 'twice')
  server.odd = (_, _url, response) => {
    response.writeHead(204).end()
    return true
  }
  await t.throwsAsync(openAt(t, server.slide), { code: 'SLIDE_MISSING', message: /nothing to say of it \(204\)/ })
})

test.serial('an access token that is renewed in its file while a run is at work', async (t) => {
  const server = await serving(t)
  const file = path.join(await tempFolder(t), 'token')
  t.teardown(() => {
    delete process.env.TIASTREAM_DICOMWEB_TOKEN_FILE
    delete process.env.TIASTREAM_DICOMWEB_HOST
  })
  process.env.TIASTREAM_DICOMWEB_TOKEN_FILE = file
  process.env.TIASTREAM_DICOMWEB_HOST = '127.0.0.1'
  const series = new RemoteSeries(server.slide, { tries: 2, pauseMs: 1, quietMs: 60_000 })
  await t.throwsAsync(series.metadata(), { code: 'SLIDE_FORBIDDEN', message: /token cannot be read from TIASTREAM_DICOMWEB_TOKEN_FILE/ })
  for (const token of ['first', 'second']) {
    await writeFile(file, `${token}\n`)
    await series.metadata()
    t.is(server.seen.at(-1)!.headers.authorization, `Bearer ${token}`)
  }
  for (const none of ['', 'two words']) {
    await writeFile(file, none)
    await t.throwsAsync(series.metadata(), { code: 'SLIDE_UNREACHABLE', message: /there is no access token in .*token/ })
  }
  // It is for that host alone.
  process.env.TIASTREAM_DICOMWEB_HOST = 'pacs.hospital.org'
  await series.metadata()
  t.is(server.seen.at(-1)!.headers.authorization, undefined)
})

test('values as a file has them: several in one text, filled up; one without its list; tags in small letters', async (t) => {
  const server = await serving(t)
  server.say = (said) =>
    Object.fromEntries(
      Object.entries(JSON.parse(JSON.stringify(said).replace(/"[\dA-F]{8}":/g, (key) => key.toLowerCase())) as typeof said).map(
        ([key, { vr, Value }]) => {
          if (vr === 'UI') return [key, { vr, Value: `${Value![0] as string}\0` }]
          if (key === '00080008') return [key, { vr, Value: [Value!.join('\\')] }]
          return [key, { vr, Value: vr === 'SQ' ? Value!.map(spaced) : Value }]
        },
      ),
    ) as ReturnType<DicomwebServer['say']>
  await sameSlide(t, server.slide, 'as in a file')
})

/** PixelSpacing as one text, at any depth. */
function spaced(item: unknown): unknown {
  return JSON.parse(JSON.stringify(item), (key, value) => (key === '00280030' ? { Value: [value.Value.join('\\')] } : value))
}

test('values as some servers write them: texts for numbers, null for what is empty, no vr', async (t) => {
  const server = await serving(t)
  server.say = (said) =>
    Object.fromEntries(
      Object.entries(said).map(([key, { vr, Value }]) => {
        if (key === '00080008') return [key, { vr, Value: [...Value!.slice(0, 3), null] }]
        if (vr === 'IS' || vr === 'US' || vr === 'UL') return [key, { Value: Value!.map((value) => ` ${value} `) }]
        return [key, Value === undefined ? { vr, Value: [null] } : { vr, Value }]
      }),
    ) as ReturnType<DicomwebServer['say']>
  await sameSlide(t, server.slide, 'odd values')
})

const series = (study: string | undefined, uid: string) =>
  jsonOf([...(study === undefined ? [] : [el(0x0020_000d, 'UI', study)]), el(0x0020_000e, 'UI', uid), el(0x0008_0060, 'CS', 'SM')])

test('lists of series: a server that refuses pages of 500 (Azure), or to be told how many', async (t) => {
  const all = Array.from({ length: 250 }, (_, i) => series('1.2', `3.${i}`))
  for (const most of [200, 0]) {
    const server = await serving(t)
    server.odd = (_, { searchParams }, response) => {
      const limit = searchParams.get('limit')
      if (limit !== null && Number(limit) > most) {
        refuse(response, 400)
        return true
      }
      const from = Number(searchParams.get('offset'))
      const page = all.slice(from, from + Number(limit ?? 30))
      if (page.length === 0) refuse(response, 204)
      else sendJson(response, page)
      return true
    }
    t.is((await foundBy([server.url.replace('http', 'dicomweb+http')], '.')).length, 250, `${most}`)
  }
})

test('lists of series: a server that has them of its studies alone (AWS HealthImaging, static DICOMweb)', async (t) => {
  const server = await serving(t)
  server.odd = (_, { pathname, searchParams }, response) => {
    const page = (one: unknown[]) => (searchParams.get('offset') === '0' ? sendJson(response, one) : refuse(response, 204))
    if (pathname === '/pacs/studies' && searchParams.get('ModalitiesInStudy') === 'SM')
      page(['1.1', '1.2'].map((study) => jsonOf([el(0x0020_000d, 'UI', study)])))
    else if (/^\/pacs\/studies\/1\.[12]\/series$/.test(pathname)) page([series(undefined, `2.${pathname.at(-8)}`)])
    else refuse(response, 404)
    return true
  }
  const service = server.url.replace('http', 'dicomweb+http')
  const both = [server.address('1.1', '2.1'), server.address('1.2', '2.2')]
  t.deepEqual(await foundBy([service], '.'), both)
  server.seen.length = 0
  t.deepEqual(await foundBy([`${service}?PatientID=7`], '.'), both)
  t.true(server.seen.some(({ url }) => url.includes('/studies?PatientID=7&ModalitiesInStudy=SM')))
  server.seen.length = 0
  t.deepEqual(
    await foundBy([`${service}?PatientID=7&key=s3cret`], '.'),
    both.map((one) => `${one}?key=s3cret`),
  )
  t.true(server.seen.every(({ url }) => url.includes('key=s3cret')))
  // What a study does not know of cannot be asked for so: it would be ignored.
  await t.throwsAsync(foundBy([`${service}?SeriesDescription=x`], '.'), { code: 'LIST_UNREADABLE', message: /404/ })
})

test('lists of series: the same full page twice is no end of a list', async (t) => {
  const server = await serving(t)
  const all = Array.from({ length: 700 }, (_, i) => series('1.2', `3.${i}`))
  let least = 0
  server.odd = (_, { searchParams }, response) => {
    sendJson(response, all.slice(0, Math.max(least, Number(searchParams.get('limit')))))
    return true
  }
  const service = server.url.replace('http', 'dicomweb+http')
  await t.throwsAsync(foundBy([service], '.'), { code: 'LIST_UNREADABLE', message: /gives 500 series of .*, and the same again/ })
  // One that knows no limits either gives all there are.
  least = 700
  t.is((await foundBy([service], '.')).length, 700)
})
