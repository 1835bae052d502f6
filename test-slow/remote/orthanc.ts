/** Orthanc with its DICOMweb plugin, as Debian has them, on a port and a folder of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '../../test/support/free-ports.js'

const program = '/usr/sbin/Orthanc'
const plugin = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so'

/** Why it cannot be started; undefined where it can. */
export const noOrthanc: string | undefined = [program, plugin].every((file) => existsSync(file))
  ? undefined
  : 'SKIPPED: Orthanc and its DICOMweb plugin are not installed (apt-get install orthanc orthanc-dicomweb)'

export interface Orthanc {
  /** `dicomweb+http://user:password@127.0.0.1:…/dicom-web` */
  readonly service: string
  /** Stores files; throws what the server says. */
  put(files: readonly string[]): Promise<void>
  stop(): Promise<void>
}

/** Whoever asks is `user` with `password`. */
export async function startOrthanc(): Promise<Orthanc> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-orthanc-'))
  const { port } = await freePorts(['port'])
  const settings = {
    StorageDirectory: path.join(folder, 'files'),
    IndexDirectory: path.join(folder, 'index'),
    TemporaryDirectory: folder,
    HttpPort: port,
    DicomServerEnabled: false,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: true,
    RegisteredUsers: { user: 'password' },
    Plugins: [plugin],
    DicomWeb: { Enable: true, Root: '/dicom-web/' },
  }
  await writeFile(path.join(folder, 'orthanc.json'), JSON.stringify(settings))
  const child = spawn(program, [path.join(folder, 'orthanc.json')], { cwd: folder, stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  const authorization = `Basic ${Buffer.from('user:password').toString('base64')}`
  const stop = async () => {
    await ended(child)
    await rm(folder, { recursive: true, force: true })
  }
  const put = async (files: readonly string[]) => {
    for (const file of files) {
      const answer = await fetch(`${url}/instances`, { method: 'POST', body: await readFile(file), headers: { authorization } })
      if (!answer.ok) throw new Error(`Orthanc does not take ${file}: ${answer.status} ${await answer.text()}`)
    }
  }
  for (let tries = 0; tries < 300; tries++) {
    await pause(100)
    const answer = await fetch(`${url}/system`, { headers: { authorization } }).catch(() => null)
    if (answer?.ok) return { service: `dicomweb+http://user:password@127.0.0.1:${port}/dicom-web`, put, stop }
  }
  await stop()
  throw new Error('Orthanc does not answer')
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise((done) => child.once('exit', done))
  child.kill()
  await Promise.race([gone, pause(5000).then(() => child.kill('SIGKILL'))])
}
