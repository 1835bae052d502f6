/** Whether a machine has a card of NVIDIA's is told apart from whether its driver is here: the cures differ. */

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { noDriver, seesCard } from '../../../src/models/session/cards.js'
import { whyNot } from '../../../src/models/session/why-not.js'
import { scratch } from '../folder.js'

test('cards are seen as Linux lists what is plugged in', async (t) => {
  const root = await scratch(t)
  const plug = async (place: string, vendor: string, kind: string) => {
    await mkdir(path.join(root, place))
    await writeFile(path.join(root, place, 'vendor'), `${vendor}\n`)
    await writeFile(path.join(root, place, 'class'), `${kind}\n`)
  }
  await plug('0000:00:01.0', '0x8086', '0x030000')
  // Its sound, and no more.
  await plug('0000:00:02.1', '0x10de', '0x040300')
  t.false(seesCard(root))
  await plug('0000:00:02.0', '0x10de', '0x030200')
  t.true(seesCard(root))
  t.is(seesCard(path.join(root, 'gone')), null)
})

test('without a driver: no card, a card, or nobody knows', async (t) => {
  const said = [false, true, null].map((seen) => noDriver('libcuda.so.1', seen))
  t.deepEqual(
    said.map(({ message }) => message),
    [
      'there is no NVIDIA GPU, nor its driver (libcuda.so.1)',
      "a GPU of NVIDIA is here, and NVIDIA's driver (libcuda.so.1) is not here, or does not load",
      "NVIDIA's driver (libcuda.so.1) is not here, or does not load",
    ],
  )
  t.regex(said[1]!.cure, /docker run --gpus all/)
  t.deepEqual(await whyNot('cuda:1', said[0]), { why: said[0]!.message, cure: said[0]!.cure })
})

test('what a library says of a device that nobody looks into is told, with what such a device needs', async (t) => {
  t.deepEqual(await whyNot('coreml', new Error('no such provider\nmore')), { why: 'no such provider', cure: 'macOS' })
  const noHalves = 'shader_helper.cc:416 GenerateSourceCode Program Transpose requires f16 but the device does not support it.'
  t.like(await whyNot('webgpu', new Error(noHalves)), { why: 'the graph computes in float16, which its driver does not' })
  t.deepEqual(await whyNot('toaster', new Error('cold')), { why: 'cold', cure: '' })
})
