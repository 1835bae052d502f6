/** The bundled model for patches of a sixteenth: where many runs are made and none looks at the answers. */

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stainModel } from '../../src/workshop/zoo/stain.js'

/** Writes the model folder `small` into `folder`: patches of 56 × 56 px at 1 mpp. */
export async function writeSmallModel(folder: string): Promise<void> {
  const place = path.join(folder, 'small')
  await mkdir(place, { recursive: true })
  await writeFile(path.join(place, 'model.onnx'), stainModel())
  await writeFile(
    path.join(place, 'model.yml'),
    `name: small
file: model.onnx
inputs: [{ name: image, size: 56 px, at: 1 mpp, layout: NHWC, channels: RGB, dtype: uint8 }]
outputs:
  - { name: classes, kind: classes, classes: [{ name: background }, { name: hematoxylin-rich }, { name: eosin-rich }] }
  - { name: focus, kind: values, values: [{ name: focus, about: Sharpness. }] }
`,
  )
}
