/** Which library runs a device: a line a device. A library is loaded when its first session is made. */

import type { DeviceName } from '../../core/model.js'
import type { Asked, Session } from './session.js'

interface Runtime {
  openSession(asked: Asked): Promise<Session>
}

const node = () => import('./node-session.js')

const runtimes: Readonly<Record<DeviceName, () => Promise<Runtime>>> = {
  cpu: node,
  cuda: () => import('./capi/session.js'),
  tensorrt: () => import('./capi/session.js'),
  webgpu: node,
  dml: node,
  coreml: node,
  openvino: () => import('./openvino/session.js'),
}

/** Throws what the library says, in its words: it is the reason why the device does not do. */
export async function openSession(asked: Asked): Promise<Session> {
  return (await runtimes[asked.device]()).openSession(asked)
}
