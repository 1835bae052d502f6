/** What is done about cards that are too small, or gone, with sessions that fail as cards do. */

import test from 'ava'
import type { ModelCard } from '../../../src/core/model.js'
import { isOutOfMemory, tryCard } from '../../../src/models/session/on-card.js'
import type { Session } from '../../../src/models/session/session.js'

const card = { name: 'net', bytes: 3 * 2 ** 30, batch: null, inputs: [], outputs: [{ name: 'y' }] } as unknown as ModelCard
const nothing = (size: number) => ({ x: { type: 'uint8', data: new Uint8Array(size), dims: [size] } })

/** A session that says what `fails` says of so many pictures. */
function session(fails: (size: number) => string | null): Session & { readonly sizes: number[] } {
  const sizes: number[] = []
  return {
    sizes,
    async run(given) {
      const size = given.x!.dims[0]!
      sizes.push(size)
      const why = fails(size)
      if (why !== null) throw new Error(why)
      return {}
    },
    release: async () => undefined,
  }
}

const asked = (own: Session, more: Partial<ModelCard> = {}) => ({
  session: own,
  place: { device: 'cuda', card: 1 } as const,
  card: { ...card, ...more },
  batch: 64,
  nothing,
  holds: 8 * 2 ** 30,
})
const noRoom = 'CUDA failure 2: out of memory ; GPU=1 ; hostname=h ; file=f.cc'

test('it is tried with a whole batch', async (t) => {
  const own = session(() => null)
  const runs = await tryCard(asked(own))
  t.deepEqual(own.sizes, [64])
  t.is(runs.most, 64)
  t.deepEqual(runs.warnings, [])
})

test('a batch that does not fit is halved until it does', async (t) => {
  const own = session((size) => (size > 20 ? noRoom : null))
  const runs = await tryCard(asked(own))
  t.deepEqual(own.sizes, [64, 32, 16])
  t.is(runs.most, 16)
  t.deepEqual(runs.warnings, [
    'cuda:1: a batch of 64 does not fit beside net (3.0 GiB of weights, 8.0 GiB on the GPU): it is given 16 at once',
  ])
})

test('what does not fit at all says the sizes; nor can a batch that the graph fixes be halved', async (t) => {
  const never = () => 'Failed to allocate memory for requested buffer of size 99'
  await t.throwsAsync(tryCard(asked(session(never))), {
    message: 'net does not fit, with one picture at once: 3.0 GiB of weights, 8.0 GiB on the GPU, some of which may be taken by others',
  })
  const own = session(never)
  await t.throwsAsync(tryCard(asked(own, { batch: 8 })), { message: /^net does not fit, with the 8 pictures that its graph takes at once/ })
  t.deepEqual(own.sizes, [8])
})

test('a library that only the first convolution asks for is missed at once', async (t) => {
  await t.throwsAsync(tryCard(asked(session(() => 'libcudnn.so.9 was not found'))), { message: /libcudnn/ })
})

test('memory that is taken by others in the middle of a run: smaller batches from then on', async (t) => {
  let most = 64
  const runs = await tryCard(asked(session((size) => (size > most ? noRoom : null))))
  most = 40
  t.true(await runs.again(new Error(noRoom), 64))
  t.is(runs.most, 32)
  t.is(runs.warnings.length, 1)
})

test('after a failed run a batch of nothing tells a bad batch from a card that is gone', async (t) => {
  let gone = false
  const runs = await tryCard(asked(session(() => (gone ? 'CUDA failure 999: unknown error' : null))))
  t.false(await runs.again(new Error('Non-zero status code returned while running Conv'), 64))
  gone = true
  await t.throwsAsync(runs.again(new Error('CUDA failure 719: unspecified launch failure'), 64), {
    code: 'DEVICE_LOST',
    message: 'cuda:1 answers no more: CUDA failure 719: unspecified launch failure',
  })
})

test('how the runtime and its libraries say that memory did not do', (t) => {
  for (const words of [
    noRoom,
    'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED',
    'std::bad_alloc',
    'Failed to allocate memory for requested buffer of size 1',
  ])
    t.true(isOutOfMemory(new Error(words)), words)
  t.false(isOutOfMemory(new Error('CUDA failure 209: no kernel image is available for execution on the device')))
})
