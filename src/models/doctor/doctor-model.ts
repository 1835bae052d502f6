/** The bundled model, opened and asked about one grey picture. */

import { ModelError } from '../../core/errors.js'
import { readCard } from '../card/card.js'
import { findModel } from '../card/find.js'
import { openModel } from '../session/open.js'

const bundled = 'stain'

/** Its name, and milliseconds from the file to the first answer. */
export async function askBundled(): Promise<{ readonly name: string; readonly ms: number }> {
  const start = performance.now()
  const card = await readCard(await findModel(bundled, process.cwd()))
  const model = await openModel(card, { devices: ['cpu'] })
  try {
    const { width, height } = card.inputs[0]!
    const answered = await model.predict({
      patches: [
        { slide: 'probe', index: 0, column: 0, row: 0, bounds: [0, 0, width, height], region: { x: 0, y: 0, width, height }, notes: {} },
      ],
      statuses: [{ status: 'ok' }],
      inputs: [{ data: new Uint8Array(width * height * 3).fill(128), width, height }],
      outputs: {},
    })
    const silent = card.outputs.find(({ name }) => answered.outputs[name] === undefined)
    if (silent) throw new ModelError('MODEL_FAILED', `${bundled} gives no output '${silent.name}'`)
    return { name: card.name, ms: performance.now() - start }
  } finally {
    await model.close()
  }
}
