/** Sessions of onnxruntime-node: the CPU, and the devices that only it reaches (WebGPU, DirectML, Core ML). */

import { isReadable, unreadable } from '../onnx/readable.js'
import { makeSession } from './device.js'
import { loadOrt } from './ort.js'
import type { Asked, Numbers, Session } from './session.js'

export async function openSession({ model, device, threads, exactSums, folder, settings }: Asked): Promise<Session> {
  const ort = await loadOrt()
  const session = await makeSession(ort, model, device, threads, {
    exactSums,
    ...(folder === undefined ? {} : { folder }),
    ...(settings.session === undefined ? {} : { entries: settings.session }),
  })
  const odd = new Map(session.outputMetadata.flatMap((port) => (port.isTensor && !isReadable(port.type) ? [[port.name, port.type]] : [])))
  return {
    async run(given, names) {
      // The file may not have said it.
      const name = names.find((one) => odd.has(one))
      if (name !== undefined) throw new RangeError(`the graph gives '${name}' in ${odd.get(name)}, ${unreadable}`)
      const feeds = Object.entries(given).map(([name, { type, data, dims }]) => [
        name,
        new ort.Tensor(type as 'uint8', data as Uint8Array, [...dims]),
      ])
      return (await session.run(Object.fromEntries(feeds), names)) as unknown as Record<string, Numbers>
    },
    release: () => session.release(),
  }
}
