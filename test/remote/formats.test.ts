/** The made slides of every format, of one file and of several, from disk, from a web server and from a bucket: the same facts, pixels and identity. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { withoutSecrets } from '../../src/core/address.js'
import { packageRoot } from '../../src/core/package-root.js'
import type { Slide } from '../../src/core/slide.js'
import { openSlide } from '../../src/readers/open.js'
import { oddServer, serve } from '../support/odd-server.js'
import { s3Server } from '../support/s3-server.js'

const fixtures = path.join(packageRoot, 'fixtures')

/** Folders that are slides end in a slash. */
const slides = [
  'small/jpeg.tif',
  'scanners/tiny.ndpi',
  'scanners/philips.tif',
  'scanners/leica.tif',
  'scanners/ventana.tif',
  'scanners/picture.jp2',
  'mrxs/tiny.mrxs',
  'dicom/',
  'dicom/level-1.dcm',
  'ome-zarr/series/',
  'ome-zarr/shards/',
]

const files = Object.fromEntries(
  ['small', 'scanners', 'mrxs', 'dicom', 'ome-zarr']
    .flatMap((folder) => readdirSync(path.join(fixtures, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`))
    .filter((name) => statSync(path.join(fixtures, name)).isFile())
    .map((name) => [name, readFileSync(path.join(fixtures, name))]),
)

async function servers(t: ExecutionContext) {
  const bucket = await s3Server('bucket', files)
  const web = await oddServer(new Uint8Array(0), (_, request, response) => {
    // All files of a slide are asked for by the user of its address.
    if (request.headers.authorization !== `Basic ${Buffer.from('me:hu@sh').toString('base64')}`) return !!response.writeHead(401).end()
    const bytes = files[decodeURIComponent(new URL(request.url!, 'http://x').pathname.slice(1)).replace('.zarr/', '/')]
    // As a bucket says it that nobody may list.
    if (bytes === undefined) return !!response.writeHead(/zarr\.json|\.z\w+$/.test(request.url!) ? 403 : 404).end()
    serve(bytes, request, response)
    return true
  })
  t.teardown(() => Promise.all([bucket.close(), web.close()]))
  return { bucket, web }
}

/** All that is said of it, and the pixels of each level that is no larger than a screen. */
async function allOf(slide: Slide) {
  const { uri, id, ...info } = slide.info
  const pixels: Uint8Array[] = []
  for (const [level, { width, height }] of info.levels.entries()) {
    if (width * height > 2 ** 22) continue
    const data = new Uint8Array(width * height * 3)
    const [error] = await slide.read([{ region: { x: 0, y: 0, width: info.width, height: info.height }, level, width, height }], [data])
    if (error) throw error
    pixels.push(data)
  }
  await slide.close()
  const { modified, version, ...identity } = slide.identity
  // Who lies beside a file of a series is looked for on a disk alone.
  const warnings = info.warnings.filter((warning) => !warning.startsWith('it is read alone'))
  return { identity, info: JSON.parse(JSON.stringify({ ...info, warnings }).replaceAll(uri, 'URI')) as unknown, pixels }
}

for (const name of slides) {
  test(`${name} is the same wherever it lies`, async (t) => {
    const { bucket, web } = await servers(t)
    const local = await allOf(await openSlide(path.join(fixtures, name)))
    t.true(local.pixels.length > 0)
    // A web server has no folders; a Zarr store is known by its name.
    const named = name.startsWith('ome-zarr') ? name.replace(/\/$/, '.zarr') : name
    // In a bucket a folder is found without the slash at its end, too.
    const places = [
      `s3://bucket/${name}`,
      ...(name.endsWith('/') ? [`s3://bucket/${name.slice(0, -1)}`] : []),
      ...(named.endsWith('/') ? [] : [`${web.url.replace('//', '//me:hu%40sh@')}/${named}`]),
    ]
    for (const uri of places) {
      const slide = await openSlide({ kind: 'slide', id: 'a', uri, carried: {}, remote: { s3: { endpoint: bucket.url, anonymous: true } } })
      t.is(slide.info.uri, withoutSecrets(uri))
      const remote = await allOf(slide)
      t.deepEqual(remote.info, local.info, uri)
      t.deepEqual(remote.identity, local.identity, uri)
      t.true(
        remote.pixels.every((data, i) => Buffer.from(data).equals(local.pixels[i]!)) && remote.pixels.length === local.pixels.length,
        uri,
      )
    }
  })
}
