import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import test from 'ava'
import { ModelError } from '../../../src/core/errors.js'
import { packageRoot } from '../../../src/core/package-root.js'
import { Inert } from '../../../src/workshop/convert/inert.js'
import { Tuple } from '../../../src/workshop/convert/pickle.js'
import { openStateDict } from '../../../src/workshop/convert/state-dict.js'
import { storageOf } from '../../../src/workshop/convert/torch-pickle.js'
import { floats } from '../../formula.js'

// made by PyTorch and Python's zipfile: test/golden/weights/make.py
const folder = `${packageRoot}test/golden/weights`
const expected = JSON.parse(await readFile(`${folder}/expected.json`, 'utf8')) as Record<string, { shape: number[]; values: number[] }>
const filesIn = async (place: string) => (await readdir(place)).filter((name) => /\.(pth|pt|safetensors)$/.test(name))

for (const name of await filesIn(folder)) {
  test(`${name} holds the numbers that were saved`, async (t) => {
    const weights = await openStateDict(`${folder}/${name}`)
    t.deepEqual([...weights.tensors.keys()].sort(), Object.keys(expected).sort())
    for (const [key, { shape, values }] of Object.entries(expected)) {
      const tensor = weights.tensors.get(key)!
      t.deepEqual(tensor.shape, shape)
      t.deepEqual([...(await tensor.read())], values)
    }
    await weights.close()
  })
}

/** Each hostile file, and what is said of it. */
const refused: Record<string, { code: string; message: RegExp }> = {
  'system.pth': { code: 'PICKLE_REFUSED', message: /posix\.system/ },
  'system.legacy.pth': { code: 'PICKLE_REFUSED', message: /posix\.system/ },
  'system-protocol4.pth': { code: 'PICKLE_REFUSED', message: /posix\.system/ },
  'eval.pth': { code: 'PICKLE_REFUSED', message: /builtins\.eval/ },
  'inst.pth': { code: 'PICKLE_REFUSED', message: /instruction 0x53/ },
  'newobj.pth': { code: 'WEIGHTS_UNREADABLE', message: /no tensors/ },
  'module.pth': { code: 'PICKLE_REFUSED', message: /torch\.nn\.modules\.container\.Sequential/ },
  'torchscript.pt': { code: 'PICKLE_REFUSED', message: /TorchScript/ },
  'traversal.pth': { code: 'WEIGHTS_UNREADABLE', message: /\.\.\/\.\.\/outside/ },
  'absolute.pth': { code: 'WEIGHTS_UNREADABLE', message: /\/etc\/outside/ },
  'twice.pth': { code: 'WEIGHTS_UNREADABLE', message: /zip\/data\/0 twice/ },
  'bomb.pth': { code: 'WEIGHTS_UNREADABLE', message: /claims 30000000 bytes/ },
  'huge-shape.pth': { code: 'WEIGHTS_UNREADABLE', message: /\[2147483647, 2147483647\]/ },
  'negative-shape.pth': { code: 'WEIGHTS_UNREADABLE', message: /size of -2/ },
  'huge-stride.pth': { code: 'WEIGHTS_UNREADABLE', message: /reaches to element 2147483650 of 6/ },
  'huge-storage.pth': { code: 'WEIGHTS_UNREADABLE', message: /2147483647 × 4 bytes but has 24/ },
  'other-dtype.pth': { code: 'WEIGHTS_UNREADABLE', message: /6 × 8 bytes but has 24/ },
  'no-stop.pth': { code: 'WEIGHTS_UNREADABLE', message: /ends in the middle/ },
  'underflow.pth': { code: 'WEIGHTS_UNREADABLE', message: /empty stack/ },
  'no-mark.pth': { code: 'WEIGHTS_UNREADABLE', message: /mark/ },
  'never-stored.pth': { code: 'WEIGHTS_UNREADABLE', message: /recalls 99/ },
  'long-string.pth': { code: 'WEIGHTS_UNREADABLE', message: /ends in the middle/ },
  'protocol6.pth': { code: 'WEIGHTS_UNREADABLE', message: /protocol 6/ },
  'list.pth': { code: 'WEIGHTS_UNREADABLE', message: /no dict/ },
  'empty.pth': { code: 'WEIGHTS_UNREADABLE', message: /no tensors/ },
  'cut.pth': { code: 'WEIGHTS_UNREADABLE', message: /zip/ },
  'cut.legacy.pth': { code: 'WEIGHTS_UNREADABLE', message: /ends at \d+/ },
  'huge-storage.legacy.pth': { code: 'WEIGHTS_UNREADABLE', message: /11529215046068\d+/ },
  'pickle-only.pth': { code: 'WEIGHTS_UNREADABLE', message: /magic number/ },
  'page.pth': { code: 'WEIGHTS_UNREADABLE', message: /no file of weights/ },
  'nothing.pth': { code: 'WEIGHTS_UNREADABLE', message: /no file of weights/ },
  'beyond.safetensors': { code: 'WEIGHTS_UNREADABLE', message: /not inside the file/ },
  'shape.safetensors': { code: 'WEIGHTS_UNREADABLE', message: /\[2\] of F32 but 4 bytes/ },
  'huge.safetensors': { code: 'WEIGHTS_UNREADABLE', message: /1099511627776, 1099511627776/ },
  'type.safetensors': { code: 'WEIGHTS_UNREADABLE', message: /unknown type constructor/ },
  'header.safetensors': { code: 'WEIGHTS_UNREADABLE', message: /header of 2147483648 bytes/ },
  'json.safetensors': { code: 'WEIGHTS_UNREADABLE', message: /no JSON/ },
}

for (const [name, what] of Object.entries(refused)) {
  test(`hostile ${name} is refused: ${what.message.source}`, async (t) => {
    const error = await t.throwsAsync(openStateDict(`${folder}/hostile/${name}`), { code: what.code, message: what.message })
    t.true(error !== undefined && 'hint' in error)
  })
}

/** These open, and are refused when their numbers are asked for. */
test('a flipped bit is found by the checksum', async (t) => {
  const weights = await openStateDict(`${folder}/hostile/flipped-bit.pth`)
  await t.throwsAsync(weights.tensors.get('weight')!.read(), { code: 'WEIGHTS_UNREADABLE', message: /checksum/ })
  t.deepEqual([...(await weights.tensors.get('bias')!.read())], expected.bias!.values)
  await weights.close()
})

test('what a trainer says beside the weights is kept as words', async (t) => {
  for (const name of ['settings.pth', 'settings.protocol5.pth', 'settings.legacy.pth']) {
    const weights = await openStateDict(`${folder}/${name}`)
    t.deepEqual([weights.settings.get('epoch'), weights.settings.get('model')], [3, 'resnet18'])
    t.deepEqual(weights.leftOut, name === 'settings.pth' ? ['criterion.weight'] : [])
    await weights.close()
  }
})

test('integers are no weights', async (t) => {
  const weights = await openStateDict(`${folder}/hostile/integers.pth`)
  await t.throwsAsync(weights.tensors.get('weight')!.read(), { code: 'WEIGHTS_MISMATCH', message: /I64/ })
  await weights.close()
})

test('numbers that are not read are told with a way out that works: of a quantised network no tensor alone becomes floats', (t) => {
  const hintOf = (type: string) => {
    const id = new Tuple(['storage', new Inert(type), '0', 'cpu', 4])
    return (t.throws(() => storageOf(id, 'a.pth'), { code: 'WEIGHTS_UNREADABLE' }) as { hint?: string }).hint ?? ''
  }
  t.regex(hintOf('torch.Float8_e4m3fnStorage'), /v\.float\(\)/)
  for (const type of ['torch.QInt8Storage', 'torch.QUInt8Storage']) t.regex(hintOf(type), /before it was quantised/)
})

test('every hostile file has its test, and nothing was executed', async (t) => {
  const named = [...Object.keys(refused), 'flipped-bit.pth', 'integers.pth'].sort()
  t.deepEqual((await filesIn(`${folder}/hostile`)).sort(), named)
  t.false(existsSync('tiastream-was-hacked'))
})

test('every truncation of a good file is refused or reads the same', async (t) => {
  for (const name of ['zip.pth', 'legacy.pth', 'plain.safetensors']) {
    const whole = await readFile(`${folder}/${name}`)
    const file = path.join(os.tmpdir(), `tiastream-truncated-${process.pid}-${name}`)
    for (let length = 0; length < whole.length; length += 37) {
      await writeFile(file, whole.subarray(0, length))
      await t.throwsAsync(
        (async () => {
          const weights = await openStateDict(file)
          try {
            for (const tensor of weights.tensors.values()) await tensor.read()
          } finally {
            await weights.close()
          }
        })(),
        { code: 'WEIGHTS_UNREADABLE' },
        `${name} cut to ${length} bytes`,
      )
    }
    await rm(file)
  }
})

test('a file with any byte changed is refused in our own words, or reads', async (t) => {
  let refusals = 0
  for (const name of ['zip.pth', 'legacy.pth', 'checkpoint.pth', 'settings.legacy.pth', 'plain.safetensors']) {
    const whole = await readFile(`${folder}/${name}`)
    const file = path.join(os.tmpdir(), `tiastream-changed-${process.pid}-${name}`)
    // every byte would take minutes: a spread of them, the same each time
    const places = floats(name, 100, 0, whole.length)
    const values = floats(`${name}/values`, 100, 0, 256)
    for (let i = 0; i < places.length; i++) {
      const changed = Buffer.from(whole)
      changed[Math.floor(places[i]!)] = Math.floor(values[i]!)
      await writeFile(file, changed)
      try {
        const weights = await openStateDict(file)
        try {
          for (const tensor of weights.tensors.values()) await tensor.read()
        } finally {
          await weights.close()
        }
      } catch (error) {
        refusals++
        t.true(error instanceof ModelError, `${name}, byte ${Math.floor(places[i]!)} = ${Math.floor(values[i]!)}: ${error}`)
      }
    }
    await rm(file)
  }
  t.true(refusals > 40)
})
