import path from 'node:path'
import test from 'ava'
import { processors, processorsText } from '../../../src/pipeline/plan/processors.js'
import { first, linux, mountFirst, mountSecond, second } from './linux.js'

test('version 2: the quota of the group, or a smaller one above it; a part of a processor is one thread more', async (t) => {
  const root = await linux(t, second, mountSecond, { 'kube/pod/app/cpu.max': '250000 100000\n', 'kube/cpu.max': '600000 100000\n' })
  t.deepEqual(processors(root, 64), { available: 64, quota: 2.5, count: 3 })
  const above = await linux(t, second, mountSecond, { 'kube/pod/app/cpu.max': 'max 100000\n', 'kube/pod/cpu.max': '50000 100000\n' })
  t.deepEqual(processors(above, 64), { available: 64, quota: 0.5, count: 1 })
})

test('version 1: cfs quota and period; −1 is none', async (t) => {
  const quota = (us: string) => ({ 'cpu,cpuacct/docker/abc/cpu.cfs_quota_us': us, 'cpu,cpuacct/docker/abc/cpu.cfs_period_us': '50000\n' })
  t.deepEqual(processors(await linux(t, first, mountFirst, quota('200000\n')), 64), { available: 64, quota: 4, count: 4 })
  t.deepEqual(processors(await linux(t, first, mountFirst, quota('-1\n')), 64), { available: 64, quota: null, count: 64 })
})

test('inside of a container the group may lie at the root of its mount, or have a path that only the host sees', async (t) => {
  const mounted = mountFirst.replace(' / /sys', ' /docker/abc /sys')
  const here = { 'cpu,cpuacct/cpu.cfs_quota_us': '300000', 'cpu,cpuacct/cpu.cfs_period_us': '100000' }
  t.is(processors(await linux(t, first, mounted, here), 64).count, 3)
  t.is(processors(await linux(t, '0::/\n', mountSecond, { 'cpu.max': '800000 100000' }), 64).count, 8)
  t.is(processors(await linux(t, '0::/../../other\n', mountSecond, { 'cpu.max': '800000 100000' }), 64).count, 8)
})

test('both versions at once: the one that holds the processors counts', async (t) => {
  const both = `${mountFirst}41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`
  const files = { 'cpu,cpuacct/docker/abc/cpu.cfs_quota_us': '100000', 'cpu,cpuacct/docker/abc/cpu.cfs_period_us': '100000' }
  t.is(processors(await linux(t, first, both, files), 16).count, 1)
})

test('never more threads than processors, and never none; what cannot be read is no quota', async (t) => {
  const root = await linux(t, second, mountSecond, { 'kube/pod/app/cpu.max': '3200000 100000\n' })
  t.is(processors(root, 4).count, 4)
  for (const odd of ['', 'much', '-5 100000', '100000 0', '100000']) {
    t.is(processors(await linux(t, second, mountSecond, { 'kube/pod/app/cpu.max': odd }), 4).quota, null, odd)
  }
  t.is(processors(path.join(root, 'nothing here'), 4).count, 4)
  t.is(processorsText({ count: 3, available: 64, quota: 2.5 }), '3 (of 64: the control group has a quota of 2.5)')
  t.is(processorsText({ count: 4, available: 4, quota: null }), '4')
})
