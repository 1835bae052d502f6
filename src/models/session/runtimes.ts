/** Which library runs a device: a line a device. A library is loaded when its first session is made. */

import type { DeviceName } from '../../core/model.js'
import type { Asked, Session } from './session.js'

interface Runtime {
  openSession(asked: Asked): Promise<Session>
}

const node = () => import('./node-session.js')

const api = () => import('./capi/session.js')

const runtimes: Readonly<Record<DeviceName, () => Promise<Runtime>>> = {
  cpu: node,
  cuda: api,
  tensorrt: api,
  webgpu: node,
  dml: node,
  coreml: node,
  openvino: () => import('./openvino/session.js'),
}

/** Throws what the library says, in its words: it is the reason why the device does not do. */
export async function openSession(asked: Asked): Promise<Session> {
  return (await (asked.settings.byApi ? api : runtimes[asked.device])()).openSession(asked)
}
