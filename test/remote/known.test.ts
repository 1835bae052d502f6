/** What the thread that opens a slide first finds out is handed to the others: they open it without a request, and read its bytes as they are. */

import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import { joinedSource, placeIn } from '../../src/readers/files/joined.js'
import type { Known } from '../../src/readers/files/known.js'
import type { Reader } from '../../src/readers/format.js'
import { openWith } from '../../src/readers/open-with.js'
import { readers } from '../../src/readers/registry.js'
import { levelOf } from '../../src/readers/store.js'
import { readLevel, refTo, same } from '../readers/open-buffer.js'
import { buildTiff, pixels, rgbPage } from '../readers/tiff-builder.js'
import { type OddServer, oddServer, serve } from '../support/odd-server.js'
import { edit, slideBytes, writeCohort } from '../support/small-cohort.js'
import { tempFolder } from '../support/temp.js'

async function served(t: ExecutionContext, bytes: Uint8Array): Promise<OddServer> {
  const server = await oddServer(bytes)
  t.teardown(() => server.close())
  return server
}

/** As a message to a thread is: plain data, and memory that both see. */
const sent = (known: Known | null): Known => structuredClone(known!)

/** 2,500 tiles of 3,072 bytes, so that tiles and tables lie apart: 7 MB. */
const large = () =>
  buildTiff([rgbPage({ width: 1600, height: 1600, tile: 32 }), rgbPage({ width: 800, height: 800, tile: 32, extra: { 254: [1] } })])

test('a slide is opened again without a request; of it the tiles that are read are asked for alone', async (t) => {
  const bytes = large()
  const server = await served(t, bytes)
  const first = await openWith(readers, refTo(`${server.url}/a.tif?sig=s3cret`), { share: true })
  t.teardown(() => first.close())
  const asked = server.seen.length
  const known = sent(first.known)
  t.false(JSON.stringify([...known.files.keys()]).includes('s3cret'))
  const again = await openWith(readers, refTo(`${server.url}/a.tif?sig=s3cret`), { again: true, known, identity: first.identity })
  t.teardown(() => again.close())
  t.is(server.seen.length, asked)
  t.deepEqual(again.info, first.info)
  same(t, await readLevel(again, 1), await readLevel(first, 1))
  const out = new Uint8Array(32 * 32 * 3)
  const before = server.seen.length
  await again.read([{ region: { x: 800, y: 800, width: 32, height: 32 }, width: 32, height: 32, level: 0 }], [out])
  t.deepEqual(
    server.seen.slice(before).map(({ headers }) =>
      headers.range
        ?.split('-')
        .map((n) => Number(n.replace(/\D/g, '')))
        .reduce((a, b) => b - a + 1),
    ),
    [32 * 32 * 3],
    'its table came along',
  )
  same(t, out, pixels(800, 800, 32, 32))
})

test('a slide that is replaced after it was opened is found out by whoever reads it', async (t) => {
  const server = await served(t, large())
  const first = await openWith(readers, refTo(`${server.url}/a.tif`), { share: true })
  t.teardown(() => first.close())
  const again = await openWith(readers, refTo(`${server.url}/a.tif`), { again: true, known: sent(first.known), identity: first.identity })
  t.teardown(() => again.close())
  server.bytes = buildTiff([rgbPage({ width: 1600, height: 1600, tile: 32, extra: { 270: 'another' } })])
  await t.throwsAsync(readLevel(again, 0), { code: 'SLIDE_CHANGED' })
})

test('a file of this machine has nothing to hand on', async (t) => {
  const slide = await openWith(readers, path.join(packageRoot, 'fixtures/slides/demo.tif'), { share: true })
  t.teardown(() => slide.close())
  t.is(slide.known, null)
})

test('of a slide of several files each comes along, those that were opened for a moment too', async (t) => {
  const server = await oddServer(Buffer.alloc(0), (_, request, response) => {
    const found = /^\/(x\.list|[abc])$/.exec(request.url!)?.[1]
    if (found === undefined) response.writeHead(404).end()
    else serve(found === 'x.list' ? Buffer.from('LIST') : Buffer.alloc(200_000, found), request, response)
    return true
  })
  t.teardown(() => server.close())
  const reader: Reader = {
    name: 'list',
    is: (_, uri) => uri.endsWith('.list'),
    load: async () => ({
      open: async (source, { ref, files }) => {
        const head = await files.read(files.sibling('a'), 1e6)
        // Looked at, and found to be of no use.
        const c = await files.open(files.sibling('c'))
        await c.read(0, 10)
        await c.close()
        const b = await files.open(files.sibling('b'))
        await b.read(100_000, 10)
        const store = {
          levels: [levelOf(1, 1, { width: 1, height: 1 })],
          extents: () => [{ offset: placeIn(1, 100_005), length: 3 }],
          decode: (_: number, __: number, [data]: readonly Uint8Array[]) => ({ width: 1, height: 1, data: data!.slice() }),
        }
        const facts = { id: ref.id, uri: ref.uri, kind: ref.kind, vendor: `${head[199_999]}`, width: 1, height: 1, levels: store.levels }
        return {
          info: { ...facts, associated: [], warnings: [], compression: '' },
          store,
          source: joinedSource(ref.uri, [source, b]),
          pictures: {},
        }
      },
    }),
  }
  const first = await openWith([reader], `${server.url}/x.list`, { share: true })
  t.teardown(() => first.close())
  const asked = server.seen.length
  const again = await openWith([reader], `${server.url}/x.list`, { again: true, known: sent(first.known), identity: first.identity })
  t.teardown(() => again.close())
  t.is(again.info.vendor, `${'a'.charCodeAt(0)}`)
  same(t, await readLevel(again, 0), Buffer.from('bbb'))
  t.is(server.seen.length, asked)
})

test('in a run, more lanes ask for no more of the header, and fetch ahead gives the same rows', async (t) => {
  const said: { readonly heads: number; readonly rows: string }[] = []
  for (const lanes of [1, 3]) {
    const server = await served(t, slideBytes())
    const folder = await tempFolder(t)
    const file = await writeCohort(folder)
    await writeFile(path.join(folder, 'lists/l.csv'), `uri,age\n${server.url}/a.tif,61\n`)
    await edit(folder, 'p.yml', 'lanes: 1', `lanes: ${lanes}`)
    t.is((await runPipeline(await readPlan(file))).slides.done, 1)
    const heads = server.seen.filter(({ headers }) => headers.range === 'bytes=0-65535').length
    said.push({ heads, rows: await readFile(path.join(folder, 'out/a.csv'), 'utf8') })
  }
  t.is(said[0]!.heads, said[1]!.heads)
  const bare = ({ rows }: { readonly rows: string }) => rows.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, '')
  t.is(bare(said[0]!), bare(said[1]!))
})
