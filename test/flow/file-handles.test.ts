import test from 'ava'
import { whenFree } from '../../src/flow/file-handles.js'

const failing = (code: string, times: number) => {
  let left = times
  return async () => {
    if (left-- > 0) throw Object.assign(new Error(`${code}: no`), { code })
    return 'open'
  }
}

test('a file is opened once the system has a handle again; the pauses grow, and do not go on for ever', async (t) => {
  const pauses: number[] = []
  const wait = async (ms: number) => void pauses.push(ms)
  t.is(await whenFree(failing('EMFILE', 3), wait), 'open')
  t.is(pauses.length, 3)
  t.true(pauses.every((ms, i) => i === 0 || ms > pauses[i - 1]!))
  pauses.length = 0
  await t.throwsAsync(whenFree(failing('ENFILE', 1000), wait), { code: 'ENFILE' })
  const all = pauses.reduce((a, b) => a + b, 0)
  t.true(all > 3000 && all < 10_000, `${all} ms`)
})

test('any other error is told at once', async (t) => {
  await t.throwsAsync(
    whenFree(failing('ENOENT', 1), async () => t.fail()),
    { code: 'ENOENT' },
  )
})
