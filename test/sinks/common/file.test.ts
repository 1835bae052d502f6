import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import { OutputFile, sinkErrorOf } from '../../../src/sinks/common/file.js'
import { sinks } from '../../../src/sinks/registry.js'
import { contextOf, openSink, predictionColumns, predictions, temporary, writeTable } from '../tables.js'

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
  await t.throwsAsync(OutputFile.open(path.join(folder, 'x.partial')), { name: 'SinkError', code: 'OUTPUT_DENIED' })
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
  }
  for (const [errno, code] of Object.entries(codes)) {
    const cause = Object.assign(new Error('said the system'), { code: errno })
    const error = sinkErrorOf(cause, 'out/x.parquet.partial')
    t.is(error.code, code)
    t.true(error.message.startsWith('out/x.parquet.partial '))
    t.is(error.cause, cause)
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
for (const name of ['parquet', 'arrow', 'csv', 'jsonl']) {
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

const tmpfs = root && process.platform === 'linux' ? test : test.skip
if (!(root && process.platform === 'linux')) console.warn('SKIPPED (needs root on Linux for a small tmpfs): a disk that fills up half-way')
tmpfs('a disk that fills up half-way: DISK_FULL from every sink, for the options of each', async (t) => {
  const folder = await temporary(t)
  const disk = path.join(folder, 'disk')
  await mkdir(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { stdio: 'pipe' })
  } catch (error) {
    console.warn(`SKIPPED (no tmpfs can be mounted: ${(error as Error).message}): a disk that fills up half-way`)
    return t.pass()
  }
  t.teardown(() => execFileSync('umount', ['-l', disk]))
  for (const name of Object.keys(sinks).filter((each) => ['parquet', 'arrow', 'csv', 'jsonl'].includes(each))) {
    const file = path.join(disk, `${name}.partial`)
    await t.throwsAsync(
      writeTable(name, file, predictionColumns, predictions(60_000), name === 'parquet' ? { row_group: 1000, compression: 'none' } : {}),
      {
        name: 'SinkError',
        code: 'DISK_FULL',
      },
    )
    execFileSync('rm', [file])
  }
})

test('a stream that fails half-way leaves the partial file behind, closed', async (t) => {
  const folder = await temporary(t)
  for (const name of ['parquet', 'arrow', 'csv', 'jsonl']) {
    const file = path.join(folder, `${name}.partial`)
    const open = (await import('node:fs')).readdirSync('/proc/self/fd').length
    const failing = async function* () {
      yield* predictions(10_000)
      throw new Error('the reader failed')
    }
    await t.throwsAsync(pipeline(failing(), await openSink(name, {}, contextOf(file, predictionColumns))), { message: 'the reader failed' })
    await new Promise((resolve) => setTimeout(resolve, 20))
    t.true(existsSync(file))
    t.true((await import('node:fs')).readdirSync('/proc/self/fd').length <= open)
  }
})
