/** Networks that say something of places within a patch, not of the patch: they find objects, or name every pixel. Told as that, where a vector or classes are wanted. */

import { ModelError } from '../../core/errors.js'
import type { OnnxPort } from '../../models/onnx/inspect-onnx.js'
import type { OnnxFile } from '../../models/onnx/onnx-file.js'
import { isOp } from '../../models/onnx/view.js'
import type { ImportOptions } from './import-form.js'
import { describe } from './look.js'
import { towards } from './picture-alone.js'

/** What Ultralytics writes into `task`. */
const tasks: Readonly<Record<string, string>> = {
  detect: 'finds objects',
  segment: 'outlines objects',
  semantic: 'names every pixel',
  pose: 'finds points of objects',
  obb: 'finds objects',
}
const boxes = /^(pred_)?(b?boxes|dets|detections|num_dets|labels_and_boxes)$/i

/** Throws CARD_INVALID. `output` has its sizes, as far as they are known; `many`: more than one number of a kind for a patch. */
export function refuseObjects(
  { file, model, facts }: OnnxFile,
  output: OnnxPort,
  many: boolean,
  { classes, mask, pool }: ImportOptions,
): void {
  if (mask || pool === 'none') return
  const task = model.metadataProps?.find(({ key }) => key === 'task')?.value ?? ''
  const found = Object.hasOwn(tasks, task)
    ? `its metadata says that it ${tasks[task]} (task: ${task})`
    : many && facts.outputs.some(({ name }) => boxes.test(name))
      ? `it finds objects (its outputs are ${facts.outputs.map(({ name }) => name).join(', ')})`
      : towards(model.graph!, output).node.some((node) => isOp(node, 'NonMaxSuppression'))
        ? 'it finds objects, as many as there are (NonMaxSuppression)'
        : null
  const keep = '--pool none keeps all its numbers as they are'
  if (found !== null)
    throw new ModelError('CARD_INVALID', `${file}: ${found}, and a model here says something of whole patches`, {
      hint: `objects are not put together here: use a classifier, or a network's features without that head; ${keep}`,
    })
  if (classes && many && pool === undefined)
    throw new ModelError(
      'CARD_INVALID',
      `${file} gives ${describe(output)}: numbers for places within a patch, and --classes is of whole patches`,
      {
        hint: `a network that tells tissue from background is imported with --mask; of another the head for the whole patch is wanted (--model-output), or leave --classes out`,
      },
    )
}
