// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
/**
 * Every door that bytes of strangers come through, as a function of those bytes. A target answers `ok` or the code of one of our errors;
 * anything else it throws is a find, as is a crash, a hang or too much memory.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { jpegXr } from '../../fixtures/czi.js'
import { dicomSlideFiles, slideElements } from '../../fixtures/dicom-slide.js'
import { type NdpiPage, ndpiOf, tinyNdpi } from '../../fixtures/ndpi.js'
import { zarrSeries, zarrShards } from '../../fixtures/ome-zarr.js'
import { type DecodeJpeg, loadExactJpeg } from '../../src/codecs/jpeg-exact.js'
import { readJpegHeader } from '../../src/codecs/jpeg-header.js'
import { jpegPrefix } from '../../src/codecs/jpeg-join.js'
import { decodeLosslessJpeg } from '../../src/codecs/jpeg-lossless.js'
import { type ByteCompression, loadHtj2k, loadJpeg, loadJpeg2000, loadJpegLs, loadJpegXr, loadUnpack } from '../../src/codecs/load.js'
import { CodecError, checkBounds } from '../../src/codecs/types.js'
import { piecesOf } from '../../src/core/batches/batch-bytes.js'
import { rowsIn } from '../../src/core/batches/batches-of.js'
import { batchOf } from '../../src/core/batches/rows-of.js'
import { TiastreamError } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import type { Column } from '../../src/core/row.js'
import type { SlideKind } from '../../src/core/slide.js'
import { readCard } from '../../src/models/card/card.js'
import { readOnnx } from '../../src/models/onnx/onnx-file.js'
import { withPreamble } from '../../src/models/session/preamble.js'
import { checkPipeline } from '../../src/pipeline/check/check.js'
import { frameOf, noFrame } from '../../src/pipeline/store/frames.js'
import { journalFile, layout, openJournal, signatureOf } from '../../src/pipeline/store/journal.js'
import { instanceOf } from '../../src/readers/dicom/instance.js'
import { JsonSet, keptOf } from '../../src/readers/dicom/json.js'
import { placesOf } from '../../src/readers/dicom/places.js'
import { seriesOf } from '../../src/readers/dicom/series.js'
import { defaultLimits } from '../../src/readers/limits.js'
import { openSlide } from '../../src/readers/open.js'
import { profileOf } from '../../src/remote/credentials/shared-files.js'
import { NotMultipart, partsOf } from '../../src/remote/dicomweb/multipart.js'
import { azure, nextOn, objectsOn, s3 } from '../../src/remote/list-page.js'
import { sources } from '../../src/sources/registry.js'
import { maskFromFile } from '../../src/stages/mask/files.js'
import { openStateDict } from '../../src/workshop/convert/state-dict.js'
import { isFloating } from '../../src/workshop/convert/tensors.js'
import { jpegLossless, stream } from '../../test/readers/dicom/codestreams.js'
import { jsonOf, multipart } from '../../test/support/dicomweb-server.js'
import { zipFile } from '../../test/support/zip-file.js'
import { dicomFiles, dicomWords } from './dicom-files.js'
import { mrxsFile, writeMrxs } from './mrxs-files.js'
import { memorySlide } from './slide-for-masks.js'
import { unpackStore, zarrStores, zarrWords } from './zarr-stores.js'

export interface Target {
  /** Where its inputs come from: folders or files, relative to the checkout. Those that are absent are left out. */
  readonly corpus: readonly string[]
  /** Inputs made here, where no file holds one. */
  readonly made?: () => readonly Uint8Array[] | Promise<readonly Uint8Array[]>
  /** How the names of its inputs end. */
  readonly endings: RegExp
  /** Words of the format, for mutations. */
  readonly words?: readonly string[]
  /** `scratch`: a folder to write to. */
  readonly run: (bytes: Buffer, scratch: string) => Promise<void>
}

/** What an input came to: `ok`, or the code of the error. Throws what is a find. */
export async function outcomeOf(target: Target, bytes: Buffer, scratch: string): Promise<string> {
  try {
    await target.run(bytes, scratch)
    return 'ok'
  } catch (error) {
    if (error instanceof TiastreamError && error.family !== 'Bug') return error.code
    if (error instanceof CodecError) return 'CodecError'
    throw error
  }
}

/** Pixels of a level up to which the whole of it is read, too. */
const mostRead = 2 ** 22

function slides(kind: SlideKind, ending: string) {
  return async (bytes: Buffer, scratch: string) => {
    const uri = path.join(scratch, `input${ending}`)
    await writeFile(uri, bytes)
    await readAll(uri, kind)
  }
}

async function readAll(uri: string, kind: SlideKind): Promise<void> {
  const slide = await openSlide({ kind, id: 'input', uri, carried: {} }, { cacheBytes: 2 ** 22 })
  try {
    const { info } = slide
    const out = [new Uint8Array(64 * 64 * 3), new Uint8Array(32 * 32 * 3)]
    for (const [level, { width, height, downsample }] of info.levels.entries()) {
      const whole = { x: 0, y: 0, width: info.width, height: info.height }
      const corner = { x: info.width - 40 * downsample.x, y: -5, width: 64 * downsample.x, height: 64 * downsample.y }
      const requests = [{ region: corner, level, width: 64, height: 64 }]
      if (width * height <= mostRead) requests.push({ region: whole, level, width: 32, height: 32 })
      for (const error of await slide.read(requests, out)) if (error && !(error instanceof TiastreamError)) throw error
    }
    for (const name of info.associated) await slide.associated(name)
  } finally {
    await slide.close()
  }
}

function parsedOr(bytes: Buffer, otherwise: unknown): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return otherwise
  }
}

function unpacks(compression: ByteCompression) {
  return async (bytes: Buffer) => {
    const unpack = await loadUnpack(compression)
    const size = 1 << 18
    const out = await unpack(bytes, size)
    if (out.length > size) throw new Error(`${compression} gives ${out.length} bytes where ${size} were asked for`)
  }
}

const bounds = { maxWidth: 2048, maxHeight: 2048 }

let exact: Promise<DecodeJpeg> | undefined

/** What decodes where the system has no libjpeg-turbo; loaded once, as in a thread. */
function wasm(): Promise<DecodeJpeg> {
  exact ??= loadExactJpeg()
  return exact
}

function jpeg(load: () => Promise<DecodeJpeg>) {
  return async (bytes: Buffer) => {
    const decode = await load()
    const { width, height } = readJpegHeader(bytes)
    checkBounds('JPEG header', width, height, bounds)
    const picture = decode(jpegPrefix(undefined, 'as-marked'), bytes, 2)
    if (picture.data.length < picture.width * picture.height * picture.channels) throw new Error('fewer bytes than pixels')
  }
}

function mask(ending: string) {
  return async (bytes: Buffer, scratch: string) => {
    const file = path.join(scratch, `input${ending}`)
    await writeFile(file, bytes)
    await maskFromFile(file, memorySlide, {
      size: { width: 256, height: 192 },
      signal: new AbortController().signal,
      tell: () => undefined,
    })
  }
}

const numbers: readonly Column[] = [{ name: 'a', type: 'int32', about: 'A number.' }]

const journalHeader = {
  fingerprint: 'f',
  identity: { bytes: 1, modified: 1, head: 'h' },
  made: { columns: signatureOf(numbers), journal: layout },
}

/** Bytes with pieces that come again, and some that do not. */
const plain = Buffer.from(Array.from({ length: 4000 }, (_, i) => (i % 64 < 32 ? i >> 6 : (i * i) >> 4) & 255))

/** A tile in the ways a tile may be written. */
function jpegs(): Promise<Buffer[]> {
  const picture = () =>
    sharp(Buffer.from(Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * 7 + (i >> 6) * 3) & 255)), {
      raw: { width: 64, height: 48, channels: 3 },
    })
  return Promise.all([
    picture().jpeg({ quality: 60 }).toBuffer(),
    picture().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
    picture().jpeg({ progressive: true }).toBuffer(),
    picture().greyscale().jpeg().toBuffer(),
  ])
}

const demoModel = path.join(packageRoot, 'models/stain')
const yamlWords = [
  '&a',
  '*a',
  '<<: *a',
  '!!binary',
  '__proto__: ',
  'constructor: ',
  '- ',
  '? ',
  ': ',
  '${',
  '${out}',
  '|',
  '>-',
  '.inf',
  '0x7f',
  '---\n',
  '%',
]

const scannerWords = [
  '<iScan ScanRes="1"/>',
  '<TileJointInfo Direction="UP" ',
  'level=1 mag=10',
  'OverlapsXY=8 4',
  'leica-microsystems.com/scn/2010/',
  'offsetX="9000"',
  'Philips DP v1.0',
  '<DataObject ObjectType="DPUfsImport">',
  '"0.00025" "0.0005"',
  '</Array></Attribute>',
  'LABELIMAGE',
]

export const targets: Readonly<Record<string, Target>> = {
  tiff: {
    corpus: ['fixtures/broken', 'fixtures/small', '../shared/data/hostile'],
    endings: /\.(tiff?|svs)$/i,
    words: ['Aperio Image Library', '|MPP = 0.25', '|AppMag = 40', '<OME xmlns="', '<Pixels SizeX="'],
    run: slides('slide', '.tif'),
  },
  // Apart from the others: of hundreds of files these would have few turns.
  scanners: {
    corpus: ['fixtures/scanners'],
    endings: /\.tif$/,
    words: scannerWords,
    run: slides('slide', '.tif'),
  },
  ndpi: {
    corpus: ['fixtures/scanners'],
    endings: /\.ndpi$/,
    made: async () => {
      const { pages } = await tinyNdpi()
      const [large, ...rest] = pages as [NdpiPage, ...NdpiPage[]]
      const { starts: _, ...searched } = large
      const wrong = { ...large, starts: large.starts!.map((start) => start + 1) }
      const { pages: silent } = await tinyNdpi({ silent: true, height: 59 })
      return [ndpiOf([searched, ...rest]), ndpiOf([wrong, ...rest]), ndpiOf(silent), ndpiOf([{ ...large, focus: 1 }, ...pages])]
    },
    run: slides('slide', '.ndpi'),
  },
  dicom: {
    corpus: ['fixtures/dicom', '../shared/data/wsi/dicom', '../shared/data/hostile/dicom-pydicom', '../shared/data/hostile/dicom-dcmjs'],
    endings: /\.dcm$/i,
    made: dicomFiles,
    words: dicomWords,
    run: slides('slide', '.dcm'),
  },
  'dicomweb-metadata': {
    corpus: [],
    endings: /$/,
    made: () => [Buffer.from(JSON.stringify(dicomSlideFiles().map(({ file }) => jsonOf(slideElements(file)))))],
    words: [
      '"Value":[',
      '"52009230":{"vr":"SQ","Value":[',
      '"TILED_SPARSE"',
      '1e309',
      '-1',
      '99999999999',
      '__proto__',
      'null',
      '{}',
      '[[',
      '"\\\\"',
    ],
    run: async (bytes) => {
      const said: unknown = parsedOr(bytes, [])
      if (!Array.isArray(said)) return
      const instances = said.map((one) => instanceOf(new JsonSet(keptOf(one, 'a series')), 'a series', defaultLimits))
      const { levels } = seriesOf(instances, 'a series', [])
      for (const { members } of levels) placesOf(members, [])
    },
  },
  multipart: {
    corpus: [],
    endings: /$/,
    made: () => {
      const parts = [plain.subarray(0, 40), Buffer.from('\r\n--b'), Buffer.alloc(0)]
      const withLengths = parts.map((bytes) => ({ bytes, headers: { 'content-type': 'image/jpeg', 'content-length': `${bytes.length}` } }))
      return [
        multipart(withLengths, 'b'),
        multipart(
          parts.map((bytes) => ({ bytes, headers: {} })),
          'b',
        ),
      ]
    },
    words: ['--b', '--b--', '\r\n', '\r\n\r\n', 'content-length: ', 'content-length: 99999999999', 'content-length: -1', 'content-type: "'],
    run: async (bytes) => {
      try {
        const parts = partsOf('multipart/related; type="a;b"; boundary="b"', bytes, 8)
        const length = parts.reduce((sum, part) => sum + part.bytes.length, 0)
        if (parts.length > 8 || length > bytes.length) throw new Error(`${parts.length} parts of ${length} bytes out of ${bytes.length}`)
      } catch (error) {
        if (!(error instanceof NotMultipart)) throw error
      }
    },
  },
  'bucket-list': {
    corpus: ['test-slow/fuzz/seeds'],
    endings: /list\.xml$/,
    words: [
      '<Contents>',
      '</Contents>',
      '<Key>',
      '</Key>',
      '<Key ',
      '<Blob>',
      '</Blob>',
      '<Name ',
      '</Name>',
      '<Size>',
      '&#x10ffff;',
      '&#55555;',
      '%2F',
      '<NextMarker/>',
      '<EncodingType>url</EncodingType>',
    ],
    run: async (bytes) => {
      const text = bytes.toString('utf8')
      for (const dialect of [s3, azure]) {
        let letters = 0
        for (const { key, size } of objectsOn(text, dialect)) {
          letters += key.length
          if (!Number.isSafeInteger(size) || size < 0) throw new Error(`an object of ${size} bytes`)
        }
        if (letters > text.length) throw new Error(`${letters} letters of keys out of ${text.length}`)
        nextOn(text, dialect)
      }
    },
  },
  'shared-files': {
    corpus: ['test-slow/fuzz/seeds'],
    endings: /aws\.config$/,
    words: [
      '[profile a]',
      '[default]',
      '[',
      ']',
      ' = ',
      ' ; ',
      ' # ',
      '__proto__ = x',
      'role_arn = arn:aws:iam::1:role/a',
      'source_profile = a',
      'credential_source = Environment',
      'web_identity_token_file = /dev/zero',
      'region = ',
    ],
    run: async (bytes, scratch) => {
      const file = path.join(scratch, 'config')
      await writeFile(file, bytes)
      for (const profile of ['default', 'a', '__proto__']) {
        const env = { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: profile }
        const said = await profileOf(profile, env)
        for (const [key, value] of Object.entries(said ?? {}))
          if (typeof value !== 'string' || key !== key.toLowerCase()) throw new Error(`${key} is ${value}`)
      }
    },
  },
  'zarr-zip': {
    corpus: [],
    endings: /$/,
    made: () =>
      [zarrShards(), zarrSeries().filter(({ path: name }) => !name.startsWith('0/0/0/'))].map((files) =>
        zipFile(Object.fromEntries(files.map(({ path: name, bytes }) => [name, Buffer.from(bytes)]))),
      ),
    words: ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', 'PK\x06\x06', 'PK\x06\x07', '\xff\xff\xff\xff', '\x01\0\x18\0', 'zarr.json', '../'],
    run: slides('slide', '.ozx'),
  },
  czi: {
    corpus: ['fixtures/scanners', '../shared/data/wsi/czi'],
    endings: /\.czi$/,
    words: ['ZISRAWSUBBLOCK', 'ZISRAWDIRECTORY', 'ZISRAWATTACH', 'DV\x03\0\0\0', 'A1', '<Distance Id="X"><Value>', 'X\0\0\0', 'M\0\0\0'],
    run: slides('slide', '.czi'),
  },
  'jpeg-xr': {
    corpus: [],
    endings: /$/,
    made: () => [jpegXr],
    run: async (bytes) => {
      const decode = await loadJpegXr()
      decode(bytes, bounds)
    },
  },
  'mrxs-ini': {
    corpus: [],
    endings: /$/,
    made: async () => [await mrxsFile('Slidedat.ini')],
    words: [
      'IMAGE_CONCAT_FACTOR = 12',
      'CameraImageDivisionsPerSide = 4',
      'DIGITIZER_WIDTH = 65535',
      'IMAGENUMBER_X = 2147483647',
      'OVERLAP_X = -15.5',
    ],
    run: async (bytes, scratch) => readAll(await writeMrxs(scratch, 'Slidedat.ini', bytes), 'slide'),
  },
  'mrxs-index': {
    corpus: [],
    endings: /$/,
    made: async () => [await mrxsFile('Index.dat')],
    run: async (bytes, scratch) => readAll(await writeMrxs(scratch, 'Index.dat', bytes), 'slide'),
  },
  'mrxs-data': {
    corpus: [],
    endings: /$/,
    made: async () => [await mrxsFile('Data0003.dat'), await mrxsFile('Data0004.dat')],
    run: async (bytes, scratch) =>
      readAll(await writeMrxs(scratch, bytes.includes('BM') ? 'Data0003.dat' : 'Data0004.dat', bytes), 'slide'),
  },
  'ome-zarr': {
    corpus: [],
    endings: /$/,
    made: zarrStores,
    words: zarrWords,
    run: async (bytes, scratch) => {
      const store = path.join(scratch, 'store')
      await unpackStore(bytes, store)
      await readAll(store, 'slide')
    },
  },
  'jpeg-ls': {
    corpus: [],
    endings: /$/,
    made: () => [stream('jpegLs')],
    words: ['\xff\xf7\0\x11\x08', '\xff\xda', '\xff\xf8'],
    run: async (bytes) => {
      const decode = await loadJpegLs()
      decode(bytes, bounds)
    },
  },
  htj2k: {
    corpus: [],
    endings: /$/,
    made: () => [stream('htj2k')],
    words: ['\xff\x50\0\x08\0\x02', '\xff\x93', '\xff\x52'],
    run: async (bytes) => {
      const decode = await loadHtj2k()
      decode(bytes, bounds)
    },
  },
  picture: {
    corpus: ['fixtures/small', '../shared/data/hostile/pillow', '../shared/data/hostile/jpeg-afl-edges'],
    endings: /\.(png|jpe?g|webp|jp2|j2k)$/i,
    words: ['IHDR', 'IDAT', 'iCCP', 'VP8X', 'Exif\0\0'],
    run: slides('tile', '.png'),
  },
  jpeg: {
    corpus: ['../shared/data/hostile/jpeg-afl-edges', '../shared/data/hostile/pillow'],
    endings: /\.jpe?g$/i,
    made: jpegs,
    run: jpeg(() => loadJpeg('exact')),
  },
  'jpeg-wasm': {
    corpus: ['../shared/data/hostile/jpeg-afl-edges', '../shared/data/hostile/pillow'],
    endings: /\.jpe?g$/i,
    made: jpegs,
    run: jpeg(wasm),
  },
  'jpeg-fast': {
    corpus: ['../shared/data/hostile/jpeg-afl-edges', '../shared/data/hostile/pillow'],
    endings: /\.jpe?g$/i,
    made: jpegs,
    run: jpeg(() => loadJpeg('fast')),
  },
  'jpeg-lossless': {
    corpus: [],
    endings: /$/,
    made: () => [...jpegLossless],
    run: async (bytes) => {
      const header = readJpegHeader(bytes, 'or lossless')
      if (header.lossless) decodeLosslessJpeg(bytes, header, bounds)
    },
  },
  jpeg2000: {
    corpus: ['../shared/data/hostile/jp2-jasper', '../shared/data/hostile/pillow'],
    endings: /\.(jp2|j2k|jpc|jpx)$/i,
    run: async (bytes) => {
      const decode = await loadJpeg2000()
      decode(bytes, bounds)
    },
  },
  jp2: {
    corpus: ['fixtures/scanners', '../shared/data/hostile/jp2-jasper', '../shared/data/hostile/pillow'],
    endings: /\.(jp2|j2k|jpc|jpx)$/i,
    words: ['jp2h', 'colr', 'cdef', 'pclr', 'resc', 'jp2c', '\xff\x90\0\x0a', '\xff\x93'],
    run: slides('slide', '.jp2'),
  },
  deflate: { corpus: [], endings: /$/, made: () => [deflateSync(plain)], run: unpacks('deflate') },
  lzw: { corpus: ['fixtures/small'], endings: /lzw.*\.tif$/, run: unpacks('lzw') },
  packbits: { corpus: ['fixtures/small'], endings: /packbits.*\.tif$/, run: unpacks('packbits') },
  zstd: { corpus: ['fixtures/small'], endings: /zstd.*\.tif$/, run: unpacks('zstd') },
  pipeline: {
    corpus: ['pipelines', 'fixtures/pipelines'],
    endings: /\.ya?ml$/,
    words: [...yamlWords, 'stages:', 'sinks:', 'vars: { a: { env: HOME } }', 'file: ../{slide}', 'glob: "/etc/*"'],
    run: async (bytes, scratch) => {
      const file = path.join(scratch, 'pipeline.yml')
      await writeFile(file, bytes)
      await checkPipeline(file, { env: {} })
    },
  },
  card: {
    corpus: ['models'],
    endings: /model\.yml$/,
    words: [...yamlWords, 'file: ../model.onnx', 'sha256: ', 'classes: [', '1e309', '-0'],
    run: async (bytes, scratch) => {
      await writeCardBeside(scratch, bytes)
      await readCard(path.join(scratch, 'model'))
    },
  },
  onnx: {
    corpus: ['models/stain', '../shared/data/hostile/onnx', 'test/golden'],
    endings: /\.onnx$/,
    words: ['ai.onnx', 'com.microsoft', 'location', '../../etc/passwd'],
    run: async (bytes, scratch) => {
      const file = path.join(scratch, 'input.onnx')
      await writeFile(file, bytes)
      const { model } = await readOnnx(file)
      withPreamble(model, [])
    },
  },
  weights: {
    corpus: ['test/golden/weights', 'test/golden/weights/hostile'],
    endings: /\.(pth|pt|bin|safetensors)$/,
    words: [
      'ctorch\nFloatStorage\n',
      'ctorch._utils\n_rebuild_tensor_v2\n',
      'cos\nsystem\n',
      'PK\x03\x04',
      'PK\x01\x02',
      'PK\x05\x06',
      '"shape":[',
      '"data_offsets":[',
    ],
    run: async (bytes, scratch) => {
      const file = path.join(scratch, 'input.pth')
      await writeFile(file, bytes)
      const weights = await openStateDict(file)
      try {
        for (const tensor of weights.tensors.values()) if (isFloating(tensor.type)) await tensor.read()
      } finally {
        await weights.close()
      }
    },
  },
  geojson: {
    corpus: ['test-slow/fuzz/seeds'],
    endings: /\.geojson$/,
    words: ['"type":"Polygon"', '"coordinates":', '[[[', ']]]', '1e309', '-1e300', '__proto__', 'null'],
    run: mask('.geojson'),
  },
  npy: {
    corpus: ['test-slow/fuzz/seeds'],
    endings: /\.npy$/,
    words: ["'descr': '|b1'", "'shape': (", '99999999999', 'True'],
    run: mask('.npy'),
  },
  'mask-picture': { corpus: ['fixtures/small', '../shared/data/hostile/pillow'], endings: /\.(png|tiff?|jpe?g)$/i, run: mask('.png') },
  list: {
    corpus: ['test-slow/fuzz/seeds'],
    endings: /\.csv$/,
    words: ['uri', 'id', 'mpp', '"', '""', '\r\n', '../', '\0', '=cmd()', '__proto__'],
    run: async (bytes, scratch) => {
      await writeFile(path.join(scratch, 'list.csv'), bytes)
      for (const name of ['a.svs', 'b, c.tif']) await writeFile(path.join(scratch, name), '')
      const { default: read, columns } = await sources.slides!.load()
      const options = { list: 'list.csv' }
      await columns(options as never, scratch)
      for await (const { id } of read(options as never, scratch)) {
        if (id !== path.basename(id) || id === '..' || id === '.') throw new Error(`the id ${JSON.stringify(id)} is no file name`)
      }
    },
  },
  journal: {
    corpus: [],
    endings: /$/,
    made: () =>
      [1, 100].map((rows) => {
        const head = frameOf([Buffer.from(JSON.stringify(journalHeader))], [0, 0], noFrame)
        const batch = batchOf(
          numbers,
          Array.from({ length: rows }, (_, a) => ({ a })),
          0,
        )
        return Buffer.concat([...head.bytes, ...frameOf(piecesOf(batch).pieces, [rows, rows], head.hash).bytes])
      }),
    run: async (bytes, scratch) => {
      const left = journalFile(scratch, 'input', 'left')
      await mkdir(path.dirname(left), { recursive: true })
      await writeFile(left, bytes)
      const journal = await openJournal(scratch, 'input', 'attempt', numbers, journalHeader)
      for await (const { a } of rowsIn(numbers, journal.replay()))
        if (typeof a !== 'number') throw new Error(`the journal gives ${a} for a number`)
      await journal.close()
    },
  },
}

/** A model's folder with the bytes as its card. */
async function writeCardBeside(scratch: string, bytes: Buffer): Promise<void> {
  const folder = path.join(scratch, 'model')
  await mkdir(folder, { recursive: true })
  const { copyFile, access } = await import('node:fs/promises')
  const onnx = path.join(folder, 'model.onnx')
  await access(onnx).catch(() => copyFile(path.join(demoModel, 'model.onnx'), onnx))
  await writeFile(path.join(folder, 'model.yml'), bytes)
}
