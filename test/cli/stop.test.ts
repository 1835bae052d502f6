/** Commands other than run that go on for long: a signal ends them within seconds, and what they had begun is gone or goes on. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { eachUntil } from '../../src/cli/models/pull.js'
import { partialOf, removeUnfinished } from '../../src/core/files/may-replace.js'
import { packageRoot } from '../../src/core/package-root.js'
import { picture } from '../formula.js'
import { side, smallCard, smallNet } from '../models/small-net.js'
import { predictionColumns, predictions, temporary, writeTable } from '../sinks/tables.js'
import { hugeSlide } from '../support/huge-slide.js'

const script = path.join(packageRoot, 'dist/src/cli.js')

function started(t: ExecutionContext, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, _: '', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** A server that is told of each request, and never answers. */
async function listening(t: ExecutionContext, told: (url: string) => void) {
  const server = createServer((request) => told(request.url!)).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('export removes what it had begun', async (t) => {
  const folder = await temporary(t)
  await writeTable('parquet', path.join(folder, 'a.parquet'), predictionColumns, predictions(6000))
  // 46,000 x 32,914 pixels: far more than are drawn before the signal comes.
  const child = started(
    t,
    ['export', path.join(folder, 'a.parquet'), '--to', 'mask', '-o', path.join(folder, 'm.tif'), '--at', 'baseline'],
    {
      _: '/usr/bin/nohup',
    },
  )
  const ended = once(child, 'exit')
  while (!(await readdir(folder)).some((name) => name.endsWith('.partial'))) await pause(20)
  // nohup lets it stay when its terminal goes.
  child.kill('SIGHUP')
  await pause(50)
  child.kill('SIGTERM')
  t.deepEqual(await ended, [143, null])
  t.deepEqual(await readdir(folder), ['a.parquet'])
})

// What they share is looked at in one of them: the signal, the picture that is begun, and its name that nobody sees.
test('thumbnail stops and removes what it had begun', async (t) => {
  const folder = await temporary(t)
  // One tile of noise, 152,881 times: a minute of work, at the end of which the picture would be there.
  const tile = deflateSync(Uint8Array.from({ length: 256 * 256 * 3 }, (_, i) => (i * 2654435761) >>> 24))
  await writeFile(path.join(folder, 'huge.tif'), hugeSlide(tile))
  const child = started(t, ['thumbnail', path.join(folder, 'huge.tif'), '-o', path.join(folder, 'x.png'), '--longest', '4000'])
  const ended = once(child, 'exit')
  while (!(await readdir(folder)).some((name) => name.endsWith('.partial'))) await pause(20)
  child.kill('SIGHUP')
  t.deepEqual(await ended, [129, null])
  t.deepEqual(await readdir(folder), ['huge.tif'])
})

test('models quantize leaves no half model beside its parent', async (t) => {
  const folder = await temporary(t)
  await mkdir(path.join(folder, 'small'))
  await writeFile(path.join(folder, 'small/model.yml'), smallCard())
  await writeFile(path.join(folder, 'small/model.onnx'), smallNet())
  await mkdir(path.join(folder, 'pictures'))
  for (let i = 0; i < 12; i++)
    await sharp(picture(`q${i}`, side, side), { raw: { width: side, height: side, channels: 3 } }).toFile(
      path.join(folder, `pictures/${i}.png`),
    )
  // So small a model is made in no time: the signal comes as soon as its folder is there, however busy the machine is.
  const program = `
    import fs from 'node:fs/promises'
    import { syncBuiltinESMExports } from 'node:module'
    const { mkdir } = fs
    fs.mkdir = async (place, ...more) => {
      const made = await mkdir(place, ...more)
      if (place.endsWith('.small-int8.partial')) process.kill(process.pid, 'SIGINT')
      return made
    }
    syncBuiltinESMExports()`
  const child = started(t, ['models', 'quantize', path.join(folder, 'small'), '--calibrate', path.join(folder, 'pictures')], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}`,
  })
  t.deepEqual(await once(child, 'exit'), [null, 'SIGINT'])
  t.deepEqual((await readdir(folder)).sort(), ['pictures', 'small'])
})

test('who leaves at once takes what was begun with him', async (t) => {
  const folder = await temporary(t)
  const names = ['x.json', 'x.html', 'x.zarr'].map((name) => partialOf(path.join(folder, name)))
  await Promise.all(names.slice(0, 2).map((name) => writeFile(name, 'half')))
  await mkdir(path.join(names[2]!, 'labels'), { recursive: true })
  await writeFile(path.join(folder, '.theirs.x.html.partial'), 'of another process')
  removeUnfinished()
  t.deepEqual(await readdir(folder), ['.theirs.x.html.partial'])
})

test('run stops while it reads the plan: a server of its list never answers', async (t) => {
  const mirror = await listening(t, () => undefined)
  const folder = await temporary(t)
  const pipeline = path.join(folder, 'p.yml')
  await writeFile(
    pipeline,
    `slides: { list: "${mirror.address}/list.csv" }\nstages: [grid: { size: 224, at: 0.5 mpp }, extract, measure, merge]\nsinks: [parquet]\noutput: out\n`,
  )
  const child = started(t, ['run', pipeline])
  const ended = once(child, 'exit')
  await once(mirror.server, 'request')
  child.kill('SIGTERM')
  // Who waits for the answer dies of the signal in the end: [null, 'SIGTERM'].
  t.deepEqual(await ended, [143, null])
})

test('models pull does not begin the next model', async (t) => {
  const asked: string[] = []
  const mirror = await listening(t, (url) => void asked.push(url))
  const names = ['resnet18-kather100k', 'resnet18-pcam']
  const child = started(t, ['models', 'pull', ...names, '--mirror', mirror.address], { TIASTREAM_MODELS: await temporary(t) })
  const ended = once(child, 'exit')
  await once(mirror.server, 'request')
  child.kill('SIGTERM')
  t.deepEqual(await ended, [143, null])
  t.deepEqual(asked, ['/resnet18-kather100k.pth'])
})

test('a signal that is passed on once more when the work has ended already does not kill who is about to say how it ended', async (t) => {
  const stopOnSignal = new URL('../../src/cli/stop-on-signal.js', import.meta.url).href
  // Time stands still: the echo comes within its 200 ms however busy the machine is.
  const program = `
    const { stopOnSignal } = await import(${JSON.stringify(stopOnSignal)})
    performance.now = () => 0
    const stop = stopOnSignal()
    stop.signal.addEventListener('abort', () => {
      stop.forget()
      process.kill(process.pid, 'SIGTERM')
      setTimeout(() => { process.exitCode = stop.exitCode() }, 20)
    })
    process.kill(process.pid, 'SIGTERM')
    setTimeout(() => {}, 50)
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'ignore', 'inherit'] })
  t.deepEqual(await once(child, 'exit'), [143, null])
})

// SIGXCPU comes with each second of the processor.
;(process.platform === 'win32' ? test.skip : test)(
  'the early warnings of batch systems stop as SIGTERM does, however often they come',
  async (t) => {
    const program = `
    const { stopOnSignal } = await import(${JSON.stringify(new URL('../../src/cli/stop-on-signal.js', import.meta.url).href)})
    let now = 0
    performance.now = () => (now += 1000)
    const alive = setInterval(() => {}, 1000)
    for (const name of ['SIGUSR1', 'SIGUSR2', 'SIGXCPU']) {
      const stop = stopOnSignal()
      for (let times = 0; times < 2; times++) {
        const came = new Promise((done) => process.once(name, done))
        process.kill(process.pid, name)
        await came
      }
      if (!stop.signal.reason.message.endsWith(name) || stop.exitCode() !== 143) process.exit(1)
    }
    clearInterval(alive)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'ignore', 'inherit'] })
    t.deepEqual(await once(child, 'exit'), [0, null])
  },
)

// A pipe that nobody opens at its other end holds a thread as a long batch does: the clean stop was over, and its process stayed.
;(process.platform === 'win32' ? test.skip : test)('a thread that native code holds keeps no process that was stopped', async (t) => {
  const pipe = path.join(await temporary(t), 'pipe')
  execFileSync('mkfifo', [pipe])
  const asked = ['worker_threads', 'fs'].map((name) => `process.getBuiltinModule?.('node:${name}') ?? require('node:${name}')`)
  const stuck = `(${asked[0]}).parentPort.postMessage(0); (${asked[1]}).openSync(${JSON.stringify(pipe)})`
  const at = (file: string) => JSON.stringify(new URL(`../../src/${file}`, import.meta.url).href)
  const program = `
    const { Worker } = await import('node:worker_threads')
    const { leaveThread } = await import(${at('flow/left-threads.js')})
    const { untilSignal } = await import(${at('cli/stop-on-signal.js')})
    const held = new Worker(${JSON.stringify(stuck)}, { eval: true })
    await new Promise((done) => held.once('message', done))
    held.unref()
    leaveThread(new Promise(() => {}))
    await untilSignal(async (signal) => {
      process.kill(process.pid, 'SIGTERM')
      const alive = setInterval(() => {}, 1000)
      await new Promise((done) => signal.addEventListener('abort', done))
      clearInterval(alive)
      throw signal.reason
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'ignore', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  t.deepEqual(await once(child, 'exit'), [null, 'SIGTERM'])
})

test('a signal that comes as one of several models is ready is told by the exit code: the others are not there', async (t) => {
  for (const [at, all] of [
    ['a', false],
    ['b', true],
  ] as const) {
    const stop = new AbortController()
    const done: string[] = []
    const ended = await eachUntil(stop.signal, ['a', 'b'], async (name) => {
      done.push(name)
      if (name === at) stop.abort()
    })
    t.deepEqual([ended, done], [all, all ? ['a', 'b'] : ['a']])
  }
})
