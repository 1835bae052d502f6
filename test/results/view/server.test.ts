/** The server over real HTTP: what it answers, and what it does not. */

import { request } from 'node:http'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { decodePicture } from '../../../src/codecs/sharp.js'
import type { Row } from '../../../src/core/row.js'
import { openSlide } from '../../../src/readers/open.js'
import type { LegendLine } from '../../../src/results/class-tally.js'
import { openResults } from '../../../src/results/open.js'
import { startViewer, type Viewer } from '../../../src/results/view/server.js'
import { tempFolder } from '../../support/temp.js'
import { demo, demoClasses, hostileId, patch, writeDemo } from '../demo-output.js'
import { many, oddClasses, oddNames, writeOdd } from '../odd-output.js'
import { columnsOf, writeSlide } from '../outputs.js'

interface Said {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: Buffer
}

/** As it is written: fetch would tidy up the path. */
function ask(viewer: Viewer, target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Said> {
  return new Promise((resolve, reject) => {
    const made = request({ host: '127.0.0.1', port: viewer.port, path: target, method, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }))
    })
    made.on('error', reject)
    made.end()
  })
}

const jsonOf = ({ body }: Said) => JSON.parse(body.toString('utf8'))

async function viewing(t: ExecutionContext, uri = demo): Promise<Viewer> {
  const folder = await tempFolder(t)
  await writeDemo(folder, { uri })
  const classes = demoClasses
  await writeSlide(folder, { id: 'set', classes, columns: columnsOf(classes, 'set', false), rows: [], about: { kind: 'set' } })
  const viewer = await startViewer(await openResults(folder))
  t.teardown(() => viewer.close())
  return viewer
}

test('the page, its scripts and the list of slides', async (t) => {
  const viewer = await viewing(t)
  for (const [target, type] of [
    ['/', 'text/html'],
    ['/static/view.css', 'text/css'],
    ['/static/view.js', 'text/javascript'],
    ['/static/layers.js', 'text/javascript'],
    ['/static/panel.js', 'text/javascript'],
    ['/static/legend.js', 'text/javascript'],
    ['/static/place.js', 'text/javascript'],
    ['/static/openseadragon.js', 'text/javascript'],
  ] as const) {
    const { status, headers, body } = await ask(viewer, target)
    t.is(status, 200, target)
    t.true(String(headers['content-type']).startsWith(type))
    t.is(headers['x-content-type-options'], 'nosniff')
    t.true(body.length > 500)
  }
  const { slides } = jsonOf(await ask(viewer, '/slides')) as { slides: { id: string; isShown: boolean }[] }
  t.deepEqual(
    slides.map(({ id, isShown }) => [id, isShown]),
    [
      ['a-empty', true],
      [hostileId, false],
      ['demo', true],
      ['set', true],
    ],
  )
})

test('a slide says its size, classes and counts', async (t) => {
  const viewer = await viewing(t)
  const said = jsonOf(await ask(viewer, '/slides/demo'))
  t.is(said.patches, 48)
  t.deepEqual([said.mpp, said.magnification], [{ x: 0.5, y: 0.5 }, 40])
  t.is(said.pixels, null)
  // Columns 0, 3, 6 · 1, 4, 7 · 2, 5 of 6 rows; the last patch (column 7) has no answer.
  // 47 have an answer; a patch is 448 px of 0.5 µm: 0.050176 mm².
  t.deepEqual(
    said.legend.lines.map(({ key, count, share, area }: LegendLine) => [key, count, share, area]),
    [
      [0, 18, '38.3 %', '0.903 mm²'],
      [1, 17, '36.2 %', '0.853 mm²'],
      [2, 12, '25.5 %', '0.602 mm²'],
      [-1, 1, null, '0.0502 mm²'],
    ],
  )
})

test('a tile is the picture of its place on the slide', async (t) => {
  const viewer = await viewing(t)
  const { tile, top } = jsonOf(await ask(viewer, '/slides/demo'))
  const { status, headers, body } = await ask(viewer, `/slides/demo/tile/${top}/3/2`)
  t.is(status, 200)
  t.is(headers['content-type'], 'image/jpeg')
  const shown = await decodePicture(body, 'drop', 2 ** 20)
  const slide = await openSlide({ kind: 'slide', id: 'demo', uri: demo, carried: {} })
  const wanted = new Uint8Array(tile * tile * 3)
  await slide.read([{ region: { x: 3 * tile, y: 2 * tile, width: tile, height: tile }, width: tile, height: tile }], [wanted])
  await slide.close()
  t.is(shown.data.length, wanted.length)
  let off = 0
  for (let i = 0; i < wanted.length; i++) off += Math.abs(wanted[i]! - shown.data[i]!)
  t.true(off / wanted.length < 6, `JPEG again is off by ${off / wanted.length}`)
})

test('predictions are tiles, too: hidden classes and low probabilities are not in them', async (t) => {
  const viewer = await viewing(t)
  const { top } = jsonOf(await ask(viewer, '/slides/demo'))
  const opaque = async (query: string) => {
    const { body } = await ask(viewer, `/slides/demo/predictions/${top - 4}/0/0${query}`)
    const { data, channels, width, height } = await decodePicture(body, 'keep', 2 ** 20)
    let n = 0
    for (let i = 3; i < data.length; i += 4) if (data[i] === 255) n++
    return channels === 4 ? n / (width * height) : 1
  }
  const [everything, one, sure, nothing] = [
    await opaque(''),
    await opaque('?hide=1,2,-1'),
    await opaque('?min=0.85'),
    await opaque('?hide=0,1,2,-1'),
  ]
  t.true(everything > 0.5)
  t.true(Math.abs(one / everything - 18 / 48) < 0.02, `${one / everything}`)
  // Probabilities are 0.5 to 1.0 by row: two of six rows; the last patch has none and so no picture at 0.85.
  t.true(Math.abs(sure / everything - 15 / 48) < 0.02, `${sure / everything}`)
  t.is(nothing, 0)
})

test('a heat map is the probability of one class in viridis, whatever class a patch was given', async (t) => {
  const viewer = await viewing(t)
  const { top } = jsonOf(await ask(viewer, '/slides/demo'))
  const colorAt = async (query: string, column: number, row: number) => {
    const { status, body } = await ask(viewer, `/slides/demo/predictions/${top - 5}/0/0${query}`)
    t.is(status, 200)
    const { data, width } = await decodePicture(body, 'keep', 2 ** 20)
    if (width === 1) return [0, 0, 0, 0]
    const at = (((row + 0.5) * patch) / 32) * width + ((column + 0.5) * patch) / 32
    return [...data.subarray(at * 4, at * 4 + 4)]
  }
  const near = (found: readonly number[], wanted: readonly number[]) =>
    t.true(
      found.every((v, i) => Math.abs(v - wanted[i]!) <= 3),
      `${found} is not ${wanted}`,
    )
  // matplotlib 3 viridis at 0.5, 0.25 and 0: (33, 145, 140), (59, 82, 139), (68, 1, 84). Row 0: 0.5 of its own class, 0.25 of the others; row 5: 1 and 0.
  near(await colorAt('?heat=0', 0, 0), [33, 145, 140, 255])
  near(await colorAt('?heat=0', 1, 0), [59, 82, 139, 255])
  near(await colorAt('?heat=2', 1, 0), [59, 82, 139, 255])
  near(await colorAt('?heat=2', 2, 5), [253, 231, 37, 255])
  near(await colorAt('?heat=0&hide=0', 0, 0), [33, 145, 140, 255])
  near(await colorAt('?heat=0&min=0.3', 1, 0), [0, 0, 0, 0])
  near(await colorAt('?heat=0', 7, 5), [0, 0, 0, 0])
  for (const heat of ['3', '-1', 'fat', '', '1e0', '__proto__', '99999999999']) {
    t.is((await ask(viewer, `/slides/demo/predictions/${top}/0/0?heat=${heat}`)).status, 404, heat)
    t.is((await ask(viewer, `/slides/demo/at?x=5&y=5&heat=${heat}`)).status, 404, heat)
  }
})

test('features and values are answers, though they name no class', async (t) => {
  const folder = await tempFolder(t)
  const columns = columnsOf([], 'slide', false)
  const row = (index: number, status: string): Row => ({
    ...{ slide: 'x', index, x0: 0, y0: 0, x1: 9, y1: 9, base_x: index * 10, base_y: 0, base_w: 10, base_h: 10, tissue: 1 },
    ...{ status, prediction: null, class: null },
  })
  const rows = [row(0, 'ok'), row(1, 'ok'), row(2, 'ok'), row(3, 'unreadable'), row(4, 'unanswered')]
  const about = { kind: 'slide', width: 100, height: 100 } as const
  for (const kind of ['features', 'values'] as const) {
    const outputs = [{ name: 'out', kind, classes: [], width: 64 }]
    await writeSlide(folder, { id: kind, classes: [], columns, rows: rows.map((one) => ({ ...one, slide: kind })), about, outputs })
  }
  const viewer = await startViewer(await openResults(folder))
  t.teardown(() => viewer.close())
  for (const kind of ['features', 'values']) {
    const { legend, top } = jsonOf(await ask(viewer, `/slides/${kind}`))
    t.deepEqual(
      legend.lines.map(({ name, count, share, key }: LegendLine) => [name, count, share, key]),
      [
        [kind, 3, '100 %', -2],
        ['no answer', 2, null, -1],
      ],
    )
    const opaque = async (query: string) => {
      const { data, width } = await decodePicture(
        (await ask(viewer, `/slides/${kind}/predictions/${top}/0/0${query}`)).body,
        'keep',
        2 ** 20,
      )
      return width === 1 ? 0 : data.filter((value, i) => i % 4 === 3 && value === 255).length
    }
    // Patches of 10 x 10 pixels of a slide that is shown at full size.
    t.deepEqual([await opaque(''), await opaque('?hide=-2'), await opaque('?hide=-1'), await opaque('?hide=-1,-2')], [500, 200, 300, 0])
  }
})

test('a click answers the row, with every column; beside the patches null', async (t) => {
  const viewer = await viewing(t)
  const { number, given, row, box } = jsonOf(await ask(viewer, `/slides/demo/at?x=${2.5 * patch}&y=${1.5 * patch}`))
  t.deepEqual([number, given], [10, 2])
  t.deepEqual([row.index, row.class, row.status], [10, 'fat', 'ok'])
  t.true(Math.abs(row.prob_fat - 0.6) < 1e-6)
  t.deepEqual(box, { x: 2 * patch, y: patch, width: patch, height: patch })
  t.is(jsonOf(await ask(viewer, '/slides/demo/at?x=999999&y=5')), null)
  t.is(jsonOf(await ask(viewer, '/slides/demo/at?x=nonsense')), null)
  t.is((await ask(viewer, '/slides/demo/patch/10')).headers['content-type'], 'image/jpeg')
})

test('no file but those of the page, however the path is written', async (t) => {
  const viewer = await viewing(t)
  for (const target of [
    '/static/../../../package.json',
    '/static/%2e%2e/%2e%2e/package.json',
    '/static/..%2f..%2fpackage.json',
    '/../../etc/passwd',
    '/slides/..%2f..%2fetc%2fpasswd',
    '/slides/demo/tile/..%2f/0/0',
    '/slides/demo/tile/1e9/0/0',
    '/slides/demo/tile/0/0',
    '/slides/demo/patch/999999999',
    '/slides/%ff',
    '/slides/demo/%ff',
    '/slides/nobody',
    '/.tiastream/run.json',
    '/static/constructor',
    '/constructor',
    '/__proto__',
    `//${path.basename('evil')}/x`,
    '//',
    '///[',
  ]) {
    const { status, body } = await ask(viewer, target)
    t.is(status, 404, target)
    t.notRegex(body.toString('utf8'), /root:|"name"/)
  }
})

test('a name that was made to point here, another site, and writing are refused', async (t) => {
  const viewer = await viewing(t)
  t.is((await ask(viewer, '/slides', { host: `evil.example:${viewer.port}` })).status, 421)
  t.is((await ask(viewer, '/slides', { host: `localhost:${viewer.port === 9000 ? 9001 : 9000}` })).status, 200, 'through ssh -L')
  t.is((await ask(viewer, '/slides', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' })).status, 403)
  t.is((await ask(viewer, '/slides', {}, 'POST')).status, 405)
  t.is((await ask(viewer, '/slides', {}, 'HEAD')).body.length, 0)
})

test('a failed slide and a set say why they are not shown', async (t) => {
  const viewer = await viewing(t)
  const failed = await ask(viewer, `/slides/${encodeURIComponent(hostileId)}`)
  t.is(failed.status, 500)
  t.regex(jsonOf(failed).message, /ends at byte 17/)
  const set = await ask(viewer, '/slides/set')
  t.is(set.status, 500)
  t.regex(jsonOf(set).hint, /report/)
})

test('a slide that is gone still shows its predictions', async (t) => {
  const viewer = await viewing(t, `${demo}.moved`)
  const said = jsonOf(await ask(viewer, '/slides/demo'))
  t.regex(said.pixels, /demo\.tif\.moved/)
  t.is((await ask(viewer, `/slides/demo/tile/${said.top}/0/0`)).status, 404)
  t.is((await ask(viewer, `/slides/demo/predictions/${said.top}/0/0`)).status, 200)
})

test('a port that is taken is named; close frees it, also with a request on its way', async (t) => {
  const folder = await tempFolder(t)
  await writeDemo(folder)
  const results = await openResults(folder)
  const viewer = await startViewer(results)
  await t.throwsAsync(startViewer(results, { port: viewer.port }), { code: 'PORT_BUSY' })
  const beside = await startViewer(results, { port: viewer.port, orAnother: true })
  t.not(beside.port, viewer.port)
  t.is(new URL(beside.url).port, String(beside.port))
  t.is((await ask(beside, '/slides')).status, 200)
  await beside.close()
  const pending = ask(viewer, '/slides/demo').catch(() => null)
  await viewer.close()
  await pending
  const again = await startViewer(results, { port: viewer.port })
  t.is(again.port, viewer.port)
  await again.close()
})

test('odd slides are found by their names, whatever these mean to an address, and counted as in the report', async (t) => {
  const folder = await tempFolder(t)
  await writeOdd(folder)
  const viewer = await startViewer(await openResults(folder))
  t.teardown(() => viewer.close())
  const shown = async (id: string) => jsonOf(await ask(viewer, `/slides/${encodeURIComponent(id)}`))
  const legendOf = async (id: string) => {
    const { legend } = (await shown(id)) as { legend: { lines: LegendLine[] } }
    return legend.lines.map(({ name, share, count }) => [name, share, count])
  }
  for (const name of oddNames) {
    t.is((await shown(name)).id, name)
    t.deepEqual(
      await legendOf(name),
      oddClasses.map((one) => [one.name, '14.3 %', 1]),
    )
  }
  t.deepEqual(await legendOf('silent'), [['no answer', null, 3]])
  t.deepEqual(await legendOf('one'), [
    [oddClasses[0]!.name, '33.3 %', 1],
    ['no class', '66.7 %', 2],
    ['no answer', null, 1],
  ])
  t.deepEqual(await legendOf('named only'), [[oddClasses[1]!.name, '100 %', 2]])
  const lines = await legendOf('many')
  t.deepEqual([lines.length, lines.at(-1)], [40, ['and 21 others', '12.6 %', 231]])

  // The last line stands for the 21 rarest classes: their 231 patches of 1830 lie at the right end.
  const { top, width, tile } = await shown('many')
  const at = async (x: number, query: string) => {
    const { body } = await ask(viewer, `/slides/many/predictions/${top}/${Math.floor(x / tile)}/0${query}`)
    return (await decodePicture(body, 'keep', 2 ** 20)).data[3]
  }
  t.is(many.length, 60)
  t.deepEqual([await at(0, '?hide=rest'), await at(width - 1, '?hide=rest'), await at(width - 1, '?hide=0,1')], [255, 0, 255])
})
