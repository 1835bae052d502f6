/**
 * Every target is fuzzed for a while: TIASTREAM_FUZZ_SECONDS each (default a half, in `npm run test:long` 60), TIASTREAM_FUZZ_SEED to repeat a run. Longer by hand:
 * `npm run fuzz -- tiff 3600`. An input that is a find lies in fuzz-finds/ afterwards; once mended it becomes a fixture.
 */

import test, { type ExecutionContext } from 'ava'
import { long } from '../long.js'
import { whenRoom } from '../two-at-a-time.js'
import { Fuzzer } from './fuzz.js'
import { outcomeOf, targets } from './targets.js'

const seconds = Number(process.env.TIASTREAM_FUZZ_SECONDS ?? (long ? 60 : 0.5))
const seed = Number(process.env.TIASTREAM_FUZZ_SEED ?? Date.now() % 2 ** 31)

test('what is no error of ours is a find', async (t) => {
  const broken = { corpus: [], endings: /$/, run: () => Promise.reject(new TypeError('x is undefined')) }
  await t.throwsAsync(outcomeOf(broken, Buffer.alloc(1), ''), { instanceOf: TypeError })
})

/** Those at rest: half of a short fuzzing is to start the process. A long one has a process for each target, whose memory is its own. */
const resting: Fuzzer[] = []
test.after.always(() => {
  for (const fuzzer of resting) fuzzer.close()
})

for (const target of Object.keys(targets)) {
  const title = `${target}: ${seconds} s of changed inputs end well or with an error of ours`
  const body = async (t: ExecutionContext) => {
    const fuzzer = resting.pop() ?? new Fuzzer()
    const { find, runs, coverage, kept, outcomes, peakBytes } = await fuzzer.fuzz(target, seconds, seed, 'fuzz-finds')
    if (long) fuzzer.close()
    else resting.push(fuzzer)
    t.is(find, undefined, find && `seed ${seed}: ${find.why}\n${find.input}: ${find.bytes}`)
    t.true(runs > 0)
    t.true(coverage > 0, 'the code under test was seen')
    t.log(`seed ${seed}: ${runs} runs, ${coverage} pieces of code, ${kept} inputs kept, ${Math.round(peakBytes / 2 ** 20)} MiB`)
    t.log(JSON.stringify(outcomes))
  }
  test(title, whenRoom(body))
}
