import test from 'ava'
import { machineMemory, usualMemory } from '../../../src/pipeline/plan/machine-memory.js'
import { excessOf } from '../../../src/pipeline/plan/memory.js'
import { first, linux, mountSecond, second } from './linux.js'

const gib = 2 ** 30
const mountMemory = '34 31 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n'
/** What version 1 says where there is no limit. */
const none = '9223372036854771712\n'

test('version 2: memory.max or memory.high of the group, or a smaller one above it', async (t) => {
  const own = await linux(t, second, mountSecond, { 'kube/pod/app/memory.max': `${4 * gib}\n`, 'kube/memory.max': `${8 * gib}\n` })
  t.is(machineMemory(own, 64 * gib, 0), 4 * gib)
  const above = await linux(t, second, mountSecond, {
    'kube/pod/app/memory.max': 'max\n',
    'kube/pod/app/memory.high': 'max\n',
    'kube/pod/memory.high': `${2 * gib}\n`,
    'kube/pod/memory.max': `${3 * gib}\n`,
  })
  t.is(machineMemory(above, 64 * gib, 0), 2 * gib)
})

test('version 1: a job of a cluster has the limit, and its step, in which the process is, has none', async (t) => {
  const root = await linux(t, first, mountMemory, {
    'memory/docker/memory.limit_in_bytes': `${gib}\n`,
    'memory/docker/abc/memory.limit_in_bytes': none,
  })
  t.is(machineMemory(root, 64 * gib, 2 ** 64), gib)
  t.is(machineMemory(await linux(t, first, mountMemory, { 'memory/docker/abc/memory.limit_in_bytes': none }), 64 * gib, 2 ** 64), 64 * gib)
})

test('never more than the machine has; what Node says holds, too; what cannot be read is no limit', async (t) => {
  t.is(machineMemory('/nothing here', 16 * gib, 0), 16 * gib)
  t.is(machineMemory('/nothing here', 16 * gib, gib), gib)
  for (const odd of ['', 'much', '-5', '0'])
    t.is(machineMemory(await linux(t, second, mountSecond, { 'kube/pod/app/memory.max': odd }), gib, 0), gib, odd)
})

test('a plan that is too large says where its limit comes from, unless it was written', (t) => {
  const plan = (bytes: number) => [{ what: 'node', bytes: bytes + 1 }]
  t.regex(
    excessOf(plan(usualMemory()), usualMemory())!,
    /^is [\d.]+ .iB \(three quarters of what the machine or a control group gives\), and the plan holds/,
  )
  t.regex(excessOf(plan(1000), 1000)!, /^is [\d.]+ \w+, and the plan holds/)
  t.is(excessOf(plan(999), 1000), null)
})
