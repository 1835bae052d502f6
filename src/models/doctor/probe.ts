/** Tries a device by making a session on it and asking it something: the only way to know that it works. */

import { isDevice, kindOf, type Place, placesOf } from '../../core/devices.js'
import type { ModelCard } from '../../core/model.js'
import { newGraph } from '../onnx/graph.js'
import { reasonOf } from '../session/device.js'
import { openModel } from '../session/open.js'
import { openSession } from '../session/runtimes.js'

export type Probe = { readonly ok: true; readonly ms: number } | { readonly ok: false; readonly why: string }

/** With a card the model is opened there; without, a graph of one node must double a number. Never throws. */
export async function probeDevice(card: ModelCard | null, device: string): Promise<Probe> {
  const start = performance.now()
  try {
    if (!isDevice(kindOf(device))) return { ok: false, why: `there is no device '${device}'` }
    if (card === null) for (const place of placesOf(device)) await double(place)
    else await (await openModel(card, { devices: [device] })).close()
    return { ok: true, ms: performance.now() - start }
  } catch (cause) {
    return { ok: false, why: reasonOf(cause) }
  }
}

async function double(place: Place): Promise<void> {
  const graph = newGraph('probe')
  graph.output(graph.node('Add', 'twice', [graph.input('x', 'float32', [4]), 'x']), 'float32', [4])
  const session = await openSession({ ...place, model: graph.bytes(), threads: 1, batch: 4, exactSums: false, settings: {} })
  try {
    const { twice } = await session.run({ x: { type: 'float32', data: new Float32Array([1, 2, 3, 4]), dims: [4] } }, ['twice'])
    const said = Array.from(twice!.data, Number)
    if (said.join() !== '2,4,6,8') throw new Error(`it computes wrongly: twice [1,2,3,4] is [${said}]`)
  } finally {
    await session.release()
  }
}
