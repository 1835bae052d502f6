/** What a thousand workers ask of an object store that holds their results: counted at a real run into a real store. */

import path from 'node:path'
import { packageRoot } from '../../src/core/package-root.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import { requests } from '../../src/remote/write/ask.js'
import { Bucket } from '../../src/remote/write/bucket.js'
import { stores } from '../../test-slow/remote/stores.js'
import { writeWork } from './runs.js'
import { generatedSlide } from './slides.js'
import { prose, table, verdictBelow } from './table.js'

const workers = 1000
const patch = 224

/** What Amazon promises of one prefix of S3, requests a second: https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html */
const promised = { writes: 3500, reads: 5500 }
/** Seconds between two beats of a worker: each is a small PUT. */
const beat = 10

interface Counted {
  readonly writes: number
  readonly reads: number
}

/** Seconds: of a slide in the mean, and between two bands. */
export async function storeLoads(quick: boolean, seconds: number, band: number): Promise<void> {
  prose(`\n## the object store of the results, ${workers} workers, a band every ${band.toFixed(1)} s`)
  const store = await stores.seaweedfs().catch((error: Error) => error)
  if (store instanceof Error) {
    prose(`no object store here: ${store.message.slice(0, 200)}`)
    return
  }
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'KEY',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: store.endpoint,
  })
  try {
    await store.put(['cohort', 'LICENSE', path.join(packageRoot, 'LICENSE')])
    const small = await run(8)
    const large = await run(quick ? 24 : 40)
    const each = (of: keyof Counted) => {
      const ofBand = Math.max(0, (large[of] - small[of]) / (large.bands - small.bands))
      return { band: ofBand, slide: small[of] - ofBand * small.bands }
    }
    const [writes, reads] = [each('writes'), each('reads')]
    const rate = (of: typeof writes) => workers * (of.slide / seconds + of.band / band)
    const [w, r] = [rate(writes) + workers / beat, rate(reads)]
    table([
      { 'a worker asks for': 'a slide, however large', 'PUT, POST, DELETE': writes.slide, 'GET, HEAD, LIST': reads.slide },
      { 'a worker asks for': 'a band', 'PUT, POST, DELETE': writes.band, 'GET, HEAD, LIST': reads.band },
      { 'a worker asks for': `${workers} workers a second, with a beat every ${beat} s`, 'PUT, POST, DELETE': w, 'GET, HEAD, LIST': r },
      { 'a worker asks for': 'S3, as promised of one prefix', 'PUT, POST, DELETE': promised.writes, 'GET, HEAD, LIST': promised.reads },
      {
        'a worker asks for': 'SeaweedFS here, on one disk, 32 at once: small objects',
        'PUT, POST, DELETE': await putsASecond(quick, 2000),
        'GET, HEAD, LIST': null,
      },
      {
        'a worker asks for': 'SeaweedFS here: bands of 256 vectors of 1,024 (1 MiB)',
        'PUT, POST, DELETE': await putsASecond(quick, 2 ** 20),
        'GET, HEAD, LIST': null,
      },
    ])
    verdictBelow(`what ${workers} workers write ÷ what S3 promises of one prefix`, w / promised.writes, 1)
    verdictBelow(`what ${workers} workers read ÷ what S3 promises of one prefix`, r / promised.reads, 1)
  } finally {
    await store.stop()
  }
}

/** A run of one slide into the bucket, and what it asked for between its start and its receipt. */
async function run(side: number): Promise<Counted & { readonly bands: number }> {
  const slide = await generatedSlide({ side: side * patch, mpp: 0.5, tissue: 1 })
  const { file } = await writeWork({ name: `store-${side}`, slide, model: 'stain', lanes: 1 })
  const count = (): Counted => {
    const { GET = 0, HEAD = 0, PUT = 0, POST = 0, DELETE = 0 } = requests
    return { writes: PUT + POST + DELETE, reads: GET + HEAD }
  }
  let before = count()
  let bands = 0
  const { status } = await runPipeline(await readPlan(file, { output: `s3://cohort/run-${side}/` }), {
    redo: true,
    onEvent: ({ type }) => {
      if (type === 'run.start') before = count()
      if (type === 'slide.band') bands++
    },
  })
  if (status !== 'done') throw new Error(`the run into the bucket ended as '${status}'`)
  const after = count()
  return { writes: after.writes - before.writes, reads: after.reads - before.reads, bands }
}

async function putsASecond(quick: boolean, bytes: number): Promise<number> {
  const bucket = new Bucket('s3://cohort/rate/')
  const content = new Uint8Array(bytes)
  const began = performance.now()
  const ms = quick ? 2000 : 5000
  let done = 0
  await Promise.all(
    Array.from({ length: 32 }, async (_, i) => {
      for (let k = 0; performance.now() - began < ms; k++) {
        await bucket.put(`${i}-${k % 10}`, content)
        done++
      }
    }),
  )
  return (done / (performance.now() - began)) * 1000
}
