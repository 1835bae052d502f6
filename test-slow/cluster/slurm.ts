/**
 * Slurm on this machine: one controller and four nodes (as Debian packages them: slurmctld, slurmd, munge), with keys, ports and folders of their own, as root.
 * Nothing is accounted for and no cgroup is used.
 */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePorts } from '../../test/support/free-ports.js'

const run = promisify(execFile)

/** Why there can be no Slurm here; null when there can. */
export function whyNoSlurm(): string | null {
  if (process.getuid?.() !== 0) return 'Slurm starts jobs as root only'
  const missing = ['slurmctld', 'slurmd', 'sbatch', 'munged'].filter((name) => spawnSync('which', [name]).status !== 0)
  return missing.length > 0 ? `there is no ${missing.join(', ')} (Debian: slurmctld slurmd slurm-client munge)` : null
}

export interface Slurm {
  /** Where jobs run and write. What lies in its `bin` is found first. */
  readonly folder: string
  /** A command of Slurm (or a script that calls some): what it prints. */
  call(program: string, ...args: readonly string[]): Promise<string>
  /** Starts a node again. */
  up(node: string): Promise<void>
  /** A node loses its power: everything on it dies at once, and nobody says so. */
  powerOff(node: string): Promise<void>
  stop(): Promise<void>
}

/** Two tests at once, of which each wants two. */
export const nodes = ['n1', 'n2', 'n3', 'n4'] as const

export async function startSlurm(): Promise<Slurm> {
  // Of its own name and not too long: a socket lies in it.
  const folder = await mkdtemp(path.join(tmpdir(), 'tia-slurm-'))
  const conf = path.join(folder, 'slurm.conf')
  for (const name of ['bin', 'state', ...nodes]) await mkdir(path.join(folder, name))
  await writeFile(path.join(folder, 'munge.key'), randomBytes(128), { mode: 0o600 })
  await writeFile(conf, await confOf(folder))
  const daemons = new Map<string, ChildProcess>()
  const all = { ...process.env, PATH: `${path.join(folder, 'bin')}:${process.env.PATH}`, SLURM_CONF: conf }
  const start = (name: string, program: string, args: readonly string[]) => {
    daemons.set(name, spawn(program, args, { env: all, stdio: 'ignore', detached: true }))
  }
  const at = (name: string) => path.join(folder, name)
  start('munged', 'munged', [
    '--foreground',
    '--force',
    `--socket=${at('munge')}`,
    `--key-file=${at('munge.key')}`,
    `--pid-file=${at('munged.pid')}`,
    `--log-file=${at('munged.log')}`,
    `--seed-file=${at('munge.seed')}`,
  ])
  const call: Slurm['call'] = async (program, ...args) => (await run(program, args, { env: all, cwd: folder })).stdout.trim()
  const isUp = (node: string) => async () => /^(idle|mixed|allocated)$/.test(await call('sinfo', '-h', '-n', node, '-o', '%T'))
  const up: Slurm['up'] = async (node) => {
    start(node, 'slurmd', ['-D', '-N', node, '-f', conf])
    await until(isUp(node), `node ${node}`)
  }
  const kill = async (name: string) => {
    const child = daemons.get(name)
    daemons.delete(name)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((done) => child.once('exit', done))
    child.kill('SIGKILL')
    await gone
  }
  const powerOff: Slurm['powerOff'] = async (node) => {
    await kill(node)
    for (const pid of await ofNode(node, conf)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
  }
  const stop = async () => {
    for (const node of nodes) await powerOff(node)
    for (const name of [...daemons.keys()]) await kill(name)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await until(() => spawnSync('munge', ['-n', '-S', at('munge')]).status === 0, 'munged')
    start('slurmctld', 'slurmctld', ['-D', '-f', conf])
    await until(async () => (await call('scontrol', 'ping')).includes('is UP'), 'slurmctld')
    for (const node of nodes) await up(node)
  } catch (error) {
    const log = await readFile(at('slurmctld.log'), 'utf8').catch(() => '')
    await stop()
    throw new Error(`${(error as Error).message}\n${log.slice(-2000)}`)
  }
  return { folder, call, up, powerOff, stop }
}

async function confOf(folder: string): Promise<string> {
  const ports = await freePorts(['controller', ...nodes])
  const host = hostname()
  return `ClusterName=tiastream
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${ports.controller}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
# A node that does not answer for so long (s) is down.
SlurmdTimeout=5
SlurmctldTimeout=5
KillWait=10
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
${nodes.map((node) => `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[node]} CPUs=1 State=UNKNOWN`).join('\n')}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`
}

/** The processes of the jobs on a node, which Slurm gives its name; before them those that started them, which would tell. */
async function ofNode(node: string, conf: string): Promise<readonly number[]> {
  const jobs: number[] = []
  const steps = new Set<number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const of = (pid: string, what: string) => readFile(path.join('/proc', pid, what), 'utf8').catch(() => '')
    const environment = (await of(name, 'environ')).split('\0')
    if (!environment.includes(`SLURM_CONF=${conf}`) || !environment.includes(`SLURMD_NODENAME=${node}`)) continue
    jobs.push(Number(name))
    const [, parent] = /^PPid:\s*(\d+)/m.exec(await of(name, 'status')) ?? []
    if (parent !== undefined && (await of(parent, 'comm')).startsWith('slurmstepd')) steps.add(Number(parent))
  }
  return [...steps, ...jobs]
}

/** Asks until it is so, for a minute. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string, seconds = 60): Promise<void> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    if (await Promise.resolve(isSo()).catch(() => false)) return
    if (performance.now() > end) throw new Error(`${what} is not there after ${seconds} s`)
    await pause(200)
  }
}
