/** The peak is our own: a child of a large process is not as large as its parent. What `getrusage` says of such a child shows the fault. */

import { execFileSync } from 'node:child_process'
import test from 'ava'

const script = new URL('../../../src/pipeline/run/peak-memory.js', import.meta.url).href
const child = `import(${JSON.stringify(script)}).then(({ peakMemory }) => console.log(peakMemory(), process.resourceUsage().maxRSS * 1024))`

test('a child of a process that holds 500 MB has its own peak', (t) => {
  if (process.platform !== 'linux') return t.pass('elsewhere the system does not hand it down')
  const parent = `
    const held = Buffer.alloc(500e6, 1)
    const { execFileSync } = require('node:child_process')
    process.stdout.write(execFileSync(process.execPath, ['-e', ${JSON.stringify(child)}]))
    if (held[held.length - 1] !== 1) throw new Error('not held')`
  const [own, handed] = execFileSync(process.execPath, ['-e', parent], { encoding: 'utf8' }).trim().split(' ').map(Number)
  t.true(handed! > 400e6, `getrusage says ${handed}: the parent's`)
  t.true(own! > 10e6 && own! < 300e6, `${own} bytes`)
})

test('what was held once counts', (t) => {
  // In a process of its own: this one may hold much.
  const once = `import(${JSON.stringify(script)}).then(({ peakMemory }) => {
    const before = peakMemory()
    console.log(before, Buffer.alloc(before + 50e6, 1).at(-1), peakMemory())
  })`
  const [before, last, after] = execFileSync(process.execPath, ['-e', once], { encoding: 'utf8' }).trim().split(' ').map(Number)
  t.is(last, 1)
  t.true(after! > before!, `${before} ${after}`)
})
