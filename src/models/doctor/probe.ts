/** Tries a device by making a session on it and asking it something: the only way to know that it works. */

import type { DeviceName, ModelCard } from '../../core/model.js'
import { newGraph } from '../onnx/graph.js'
import { isDevice, makeSession, reasonOf } from '../session/device.js'
import { openModel } from '../session/open.js'
import { loadOrt } from '../session/ort.js'

export type Probe = { readonly ok: true; readonly ms: number } | { readonly ok: false; readonly why: string }

/** With a card the model is opened there; without, a graph of one node must double a number. Never throws. */
export async function probeDevice(card: ModelCard | null, device: string): Promise<Probe> {
  const start = performance.now()
  try {
    if (!isDevice(device)) return { ok: false, why: `there is no device '${device}'` }
    if (card === null) await double(device)
    else await (await openModel(card, { devices: [device] })).close()
    return { ok: true, ms: performance.now() - start }
  } catch (cause) {
    return { ok: false, why: reasonOf(cause) }
  }
}

async function double(device: DeviceName): Promise<void> {
  const ort = await loadOrt()
  const graph = newGraph('probe')
  graph.output(graph.node('Add', 'twice', [graph.input('x', 'float32', [4]), 'x']), 'float32', [4])
  const session = await makeSession(ort, graph.bytes(), device, 1)
  try {
    const { twice } = await session.run({ x: new ort.Tensor('float32', new Float32Array([1, 2, 3, 4]), [4]) })
    const said = [...(twice!.data as Float32Array)]
    if (said.join() !== '2,4,6,8') throw new Error(`it computes wrongly: twice [1,2,3,4] is [${said}]`)
  } finally {
    await session.release()
  }
}
