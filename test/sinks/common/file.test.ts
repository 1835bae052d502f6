import { execFileSync } from 'node:child_process'
import fs, { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import { batchesOf } from '../../../src/core/batches/batches-of.js'
import { OutputFile, sinkErrorOf } from '../../../src/sinks/common/file.js'
import { contextOf, openSink, predictionColumns, predictions, temporary, writeTable } from '../tables.js'

/** The sinks of rows; maps and overlays have tests of their own. */
const tableSinks = ['annotations', 'arrow', 'clam', 'csv', 'geoparquet', 'jsonl', 'parquet', 'qupath', 'tiatoolbox-json', 'wsinfer', 'zarr']

const root = process.getuid?.() === 0

test('a file is emptied first, written whole and counted', async (t) => {
  const file = path.join(await temporary(t), 'x.partial')
  await writeFile(file, 'left by an earlier attempt, and longer')
  const output = await OutputFile.open(file)
  await output.write('one ')
  await output.write(Buffer.from('twö'))
  await output.finish()
  await output.close()
  t.is(await readFile(file, 'utf8'), 'one twö')
  t.is(output.bytes, 8)
})

test('a folder that is not there, a folder in place of the file', async (t) => {
  const folder = await temporary(t)
  await t.throwsAsync(OutputFile.open(path.join(folder, 'no', 'x.partial')), { name: 'SinkError', code: 'OUTPUT_MISSING' })
  await mkdir(path.join(folder, 'x.partial'))
  await t.throwsAsync(OutputFile.open(path.join(folder, 'x.partial')), { name: 'SinkError', code: 'OUTPUT_TAKEN' })
  const long = path.join(folder, 'x'.repeat(300))
  await t.throwsAsync(OutputFile.open(long), { name: 'SinkError', code: 'OUTPUT_NAME' })
})

test('what each errno means; the path is in the message and the cause is kept', (t) => {
  const codes = {
    ENOSPC: 'DISK_FULL',
    EDQUOT: 'DISK_FULL',
    EACCES: 'OUTPUT_DENIED',
    EPERM: 'OUTPUT_DENIED',
    EROFS: 'OUTPUT_DENIED',
    EBUSY: 'OUTPUT_BUSY',
    EIO: 'OUTPUT_FAILED',
    EMFILE: 'TOO_MANY_FILES',
    ERR_OUT_OF_RANGE: 'WRITER_FAILED',
  }
  for (const [errno, code] of Object.entries(codes)) {
    const cause = Object.assign(new Error('said the system'), { code: errno })
    const error = sinkErrorOf(cause, 'out/x.parquet.partial')
    t.is(error.code, code)
    t.true(error.message.startsWith('out/x.parquet.partial '))
    t.is(error.cause, cause)
  }
  const hintOf = (code: string) => sinkErrorOf(Object.assign(new Error(), { code }), 'x').hint!
  // Space may be left, and no file.
  t.regex(hintOf('ENOSPC'), /df -i/)
  t.regex(hintOf('EXDEV'), /mount it where the output folder is/)
  // As a bucket that is mounted as a folder answers.
  const error = sinkErrorOf(
    Object.assign(new Error('ENOSYS: function not implemented, rename'), { code: 'ENOSYS', syscall: 'rename' }),
    'x',
  )
  t.is(error.code, 'OUTPUT_FAILED')
  t.regex(`${error.message} ${error.hint}`, /does not do all that is needed \(rename\).*s3:/)
})

const onLinux = process.platform === 'linux' ? test.serial : test.serial.skip

// Node has no name for it: `Unknown system error -122`, and UNKNOWN where it waits.
onLinux('a quota that is used up is a full disk, also to what writes in WebAssembly', async (t) => {
  const { writeSync } = fs
  const usedUp = (code: string) => Object.assign(new Error(`${code}, write`), { code, errno: -122, syscall: 'write' })
  t.is(sinkErrorOf(usedUp('Unknown system error -122'), 'x').code, 'DISK_FULL')
  const folder = await temporary(t)
  fs.writeSync = () => {
    throw usedUp('UNKNOWN')
  }
  syncBuiltinESMExports()
  t.teardown(() => {
    fs.writeSync = writeSync
    syncBuiltinESMExports()
  })
  for (const name of ['annotations', 'clam']) {
    const file = path.join(folder, `${name}.partial`)
    await t.throwsAsync(writeTable(name, file, predictionColumns, predictions(10)), { code: 'DISK_FULL', message: /quota .*EDQUOT/ })
  }
})

const denied = root ? test.skip : test
if (root) console.warn('SKIPPED (root may write anywhere): a folder without permission')
denied('a folder without permission', async (t) => {
  const folder = await temporary(t)
  await chmod(folder, 0o500)
  await t.throwsAsync(OutputFile.open(path.join(folder, 'x.partial')), { code: 'OUTPUT_DENIED' })
})

// /dev/full takes the open and refuses every write, like a disk without a free block.
for (const name of ['arrow', 'csv', 'geoparquet', 'jsonl', 'parquet', 'qupath', 'wsinfer', 'zarr']) {
  const full = existsSync('/dev/full') ? test : test.skip
  full(`${name}: a full disk stops the stream with DISK_FULL`, async (t) => {
    const error = await t.throwsAsync(
      writeTable(name, '/dev/full', predictionColumns, predictions(100_000), name === 'parquet' ? { row_group: 1000 } : {}),
      {
        name: 'SinkError',
      },
    )
    t.is((error as { code?: string } | undefined)?.code, 'DISK_FULL')
    t.regex(error!.message, /^\/dev\/full .*disk is full/)
  })
}

/** What this process has open below a folder; other threads run other tests. */
const openBelow = (folder: string) =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const link = readlinkSync(`/proc/self/fd/${fd}`)
      return link.startsWith(folder) ? [link] : []
    } catch {
      return []
    }
  })

const tmpfs = root && process.platform === 'linux' ? test : test.skip
if (!(root && process.platform === 'linux')) console.warn('SKIPPED (needs root on Linux for a small tmpfs): a disk that fills up half-way')
tmpfs(
  'a disk that fills up half-way, or at once: DISK_FULL from every sink, for the options of each, and nothing stays open',
  async (t) => {
    const folder = await temporary(t)
    const disk = path.join(folder, 'disk')
    await mkdir(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk], { stdio: 'pipe' })
    } catch (error) {
      console.warn(`SKIPPED (no tmpfs can be mounted: ${(error as Error).message}): a disk that fills up half-way`)
      return t.pass()
    }
    t.teardown(() => execFileSync('umount', ['-l', disk]))
    const failing = async (name: string) => {
      const file = path.join(disk, `${name}.partial`)
      await t.throwsAsync(
        writeTable(name, file, predictionColumns, predictions(60_000), name === 'parquet' ? { row_group: 1000, compression: 'none' } : {}),
        { name: 'SinkError', code: 'DISK_FULL' },
      )
      t.deepEqual(openBelow(disk), [], name)
      execFileSync('rm', ['-rf', file, `${file}.lock`])
    }
    for (const name of tableSinks) await failing(name)
    await writeFile(path.join(disk, 'filler'), new Uint8Array(120 * 1024))
    await failing('annotations')
  },
)

const linux = process.platform === 'linux' ? test : test.skip
linux('a stream that fails half-way leaves the partial file behind, closed', async (t) => {
  const folder = await temporary(t)
  for (const name of tableSinks) {
    const file = path.join(folder, `${name}.partial`)
    const failing = async function* () {
      yield* batchesOf(predictionColumns, predictions(10_000))
      t.not(openBelow(folder).length, 0, name)
      throw new Error('the reader failed')
    }
    const sink = await openSink(name, {}, contextOf(file, predictionColumns))
    const closed = new Promise((resolve) => sink.once('close', resolve))
    await t.throwsAsync(pipeline(failing(), sink), { message: 'the reader failed' })
    await closed
    t.true(existsSync(file))
    t.deepEqual(openBelow(folder), [], name)
  }
})
