/** Tries a device by making a session on it and asking it something: the only way to know that it works. */

import { isDevice, kindOf, type Place, placesOf } from '../../core/devices.js'
import type { ModelCard } from '../../core/model.js'
import { newGraph } from '../onnx/graph.js'
import { openModel } from '../session/open.js'
import { openSession } from '../session/runtimes.js'
import { type WhyNot, whyNot } from '../session/why-not.js'

export type Probe = { readonly ok: true; readonly ms: number } | ({ readonly ok: false } & WhyNot)

/** With a card the model is opened there; without, a convolution and a product of matrices must come out right: cuDNN and cuBLAS are asked for by nothing less. Never throws. */
export async function probeDevice(card: ModelCard | null, device: string): Promise<Probe> {
  const start = performance.now()
  try {
    if (!isDevice(kindOf(device))) return { ok: false, why: `there is no device '${device}'`, cure: '' }
    if (card === null) for (const place of placesOf(device)) await compute(place)
    else await (await openModel(card, { devices: [device] })).close()
    return { ok: true, ms: performance.now() - start }
  } catch (cause) {
    return { ok: false, ...(await whyNot(device, cause)) }
  }
}

/** A convolution that doubles, then a product that swaps columns: numbers that every precision has. */
async function compute(place: Place): Promise<void> {
  const graph = newGraph('probe')
  const x = graph.input('x', 'float32', [1, 1, 2, 2])
  const double = graph.constant('double', new Float32Array([0, 0, 0, 0, 2, 0, 0, 0, 0]), [1, 1, 3, 3])
  const swap = graph.constant('swap', new Float32Array([0, 1, 1, 0]), [2, 2])
  const twice = graph.node('Conv', 'twice', [x, double], { pads: [1, 1, 1, 1] })
  graph.output(graph.node('MatMul', 'y', [twice, swap]), 'float32', [1, 1, 2, 2])
  const session = await openSession({ ...place, model: graph.bytes(), threads: 1, batch: 1, exactSums: false, settings: {} })
  try {
    const { y } = await session.run({ x: { type: 'float32', data: new Float32Array([1, 2, 3, 4]), dims: [1, 1, 2, 2] } }, ['y'])
    const said = Array.from(y!.data, Number)
    if (said.join() !== '4,2,8,6') throw new Error(`it computes wrongly: [4,2,8,6] is [${said}]`)
  } finally {
    await session.release()
  }
}
