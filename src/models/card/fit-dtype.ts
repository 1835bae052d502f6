/** The type of numbers that an input is given: what the card says, else the graph's own. */

import type { ModelInput } from '../../core/model.js'
import { describePort } from '../onnx/inspect-onnx.js'
import type { InputForm } from './card-form.js'
import type { Entry } from './fit-entry.js'

const fed: readonly string[] = ['uint8', 'float32', 'float16']

export function dtypeOf({ dtype: said }: InputForm, { port, place, mismatches }: Entry): ModelInput['dtype'] {
  const says = `the graph takes '${port.name}' ${describePort(port)}`
  const dtype = said ?? (port.type as ModelInput['dtype'])
  if (!fed.includes(dtype)) mismatches.push(`${place}.dtype: ${says}; uint8, float32 or float16 can be fed: export it for one of these`)
  else if (port.type !== null && port.type !== dtype) mismatches.push(`${place}.dtype: the card says ${dtype}, ${says}`)
  return dtype
}
