/** What `doctor` tries besides the models: every codec on a small picture that comes with tiastream, both ways to Parquet, the model cache. */

import { access, constants, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { nativeJpeg } from '../codecs/jpeg-native.js'
import { loadJpeg2000 } from '../codecs/load.js'
import { packageRoot } from '../core/package-root.js'
import type { SlideRef } from '../core/slide.js'
import { counted } from '../core/text/counted.js'
import { cacheFolder } from '../models/card/find.js'
import type { Check } from '../models/doctor/doctor.js'
import { processors, processorsText } from '../pipeline/plan/processors.js'
import { openSlide } from '../readers/open.js'
import { cure as openSlideCure, openSlideLibrary } from '../readers/openslide/library.js'
import parquet from '../sinks/parquet/spec.js'

const small = path.join(packageRoot, 'fixtures/small')
const again = 'install tiastream again: npm ci'

async function pixelsOf(name: string, kind: SlideRef['kind'], decode: 'exact' | 'fast' = 'exact') {
  const slide = await openSlide({ kind, id: name, uri: path.join(small, name), carried: {} })
  try {
    const { width, height } = slide.info
    const out = new Uint8Array(width * height * 3)
    const [error] = await slide.read([{ region: { x: 0, y: 0, width, height }, width, height }], [out], { decode })
    if (error) throw error
    return out
  } finally {
    await slide.close()
  }
}

/** Compares a small file with the picture it was made of. */
async function compare(name: string, decode: 'exact' | 'fast' = 'exact'): Promise<string> {
  const [found, truth] = [await pixelsOf(`${name}.tif`, 'slide', decode), await pixelsOf('picture.png', 'tile')]
  const { off } = JSON.parse(await readFile(path.join(small, `${name}.json`), 'utf8')) as { off: { most: number } }
  // Native JPEG uses the fast cosine transform: up to four grey levels from the exact one.
  const allowed = off.most + (decode === 'fast' ? 4 : 0)
  const most = found.reduce((far, value, i) => Math.max(far, Math.abs(value - truth[i]!)), 0)
  if (most > allowed) throw new Error(`a picture came out ${most} grey levels wrong`)
  return allowed === 0 ? 'a picture came out exactly' : `a picture came out right (within ${allowed} grey levels)`
}

const codec = (what: string, name: string): Check => ({ what: `codec ${what}`, needed: true, cure: again, attempt: () => compare(name) })

const parquetCheck = (engine: 'hyparquet' | 'parquetjs', needed: boolean, cure: string): Check => ({
  what: `parquet, ${engine}`,
  needed,
  cure,
  attempt: async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-doctor-'))
    try {
      const { writeOneRow } = await import('./doctor-table.js')
      return await writeOneRow(parquet, engine, path.join(folder, 'one.parquet'), path.join(small, 'picture.png'))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
})

export const moreChecks: readonly Check[] = [
  {
    what: 'processors',
    needed: true,
    cure: '',
    attempt: async () => {
      const found = processors()
      return `${processorsText(found)}: a run has ${counted(found.count, 'lane')} unless it says otherwise`
    },
  },
  codec('JPEG', 'jpeg-tables'),
  {
    what: 'codec JPEG, native',
    needed: false,
    cure: 'install libjpeg-turbo (Debian: apt install libturbojpeg0; macOS: brew install jpeg-turbo) and npm install koffi: the same bytes, three times as fast, and what extract: { decode: fast } reads in half of its size',
    attempt: async () => {
      const library = await nativeJpeg()
      if (library === null) throw new Error('JPEG is decoded in WebAssembly')
      return `${library} decodes`
    },
  },
  {
    what: 'codec JPEG, fast',
    needed: false,
    cure: 'npm install @julusian/jpeg-turbo (only for extract: { decode: fast })',
    attempt: () => compare('jpeg-tables', 'fast'),
  },
  {
    what: 'codec JPEG 2000',
    needed: true,
    cure: again,
    attempt: async () => {
      await loadJpeg2000()
      return 'the decoder loads'
    },
  },
  {
    what: 'OpenSlide',
    needed: false,
    cure: openSlideCure,
    attempt: async () => {
      const library = await openSlideLibrary()
      if (typeof library === 'string') throw new Error(library)
      return `version ${library.version} (${library.place}), for slides: { readers: { openslide: auto } } and inspect --compare`
    },
  },
  codec('deflate', 'deflate-predictor'),
  codec('LZW', 'lzw'),
  codec('PackBits', 'packbits'),
  codec('WebP', 'webp'),
  codec('zstd', 'zstd'),
  parquetCheck('hyparquet', true, again),
  parquetCheck('parquetjs', false, 'npm install parquetjs (only for parquet: { engine: parquetjs })'),
  {
    what: 'model cache',
    needed: false,
    cure: 'set TIASTREAM_MODELS to a folder that this user may write to',
    attempt: async () => {
      const folder = cacheFolder()
      await mkdir(folder, { recursive: true })
      await access(folder, constants.W_OK)
      return folder
    },
  },
]
