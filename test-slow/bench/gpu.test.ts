/** `npm run bench -- gpu` on the CPU: the networks are written, both ways of asking run, and what must be equal is. Speeds are not looked at. */

import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'

const bench = path.join(packageRoot, 'dist/bench/main.js')
const run = promisify(execFile)

test('a network of next to nothing, on the CPU: its answers are those of the CPU, twice the same', async (t) => {
  const { stdout } = await run(process.execPath, [bench, 'gpu', '--device', 'cpu', '--quick', '--networks', 'nothing'], {
    timeout: 170_000,
  })
  const [head, , row] = stdout.split('\n').filter((line) => line.startsWith('|'))
  const cells = (line: string) => line.split('|').map((cell) => cell.trim())
  const said = Object.fromEntries(cells(head!).map((name, i) => [name, cells(row!)[i]]))
  t.like(said, { network: 'nothing', numbers: 'fp32', 'bytes equal': 'yes', 'off fp32 on CPU': '0.0e+0' })
  for (const name of ['alone/s', 'whole runs/s', 'busy %', 'patches'])
    t.true(Number(said[name]!.replaceAll(',', '')) > 0, `${name}: ${said[name]}`)
})

test('a device that is not here is told as doctor tells it, and a slip of the pen is refused', async (t) => {
  const failed = async (...given: string[]) =>
    t.throwsAsync(run(process.execPath, [bench, 'gpu', ...given])) as Promise<Error & { stdout: string }>
  if (process.platform !== 'darwin') t.regex((await failed('--device', 'coreml')).stdout, /coreml does not work here: /)
  t.regex((await failed('--devise', 'cpu')).stdout, /npm run bench -- NAME/)
})
