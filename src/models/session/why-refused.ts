/** Why the runtime does not load a graph, in a sentence, and what helps: a file that is newer than the runtime is no damaged one. */

import { elementTypeOf } from '../onnx/element-types.js'
import type { Precision } from '../onnx/precision.js'
import { reasonOf } from './device.js'

interface Refused {
  readonly why: string
  readonly hint: string
}

/** Operators of later versions are missing in runtimes of today because they are new. */
const longKnown = 21

/** `precision`: in which numbers the graph computes. */
export function whyRefused(cause: unknown, precision: Precision): Refused {
  const said = cause instanceof Error ? cause.message : String(cause)
  const [, ir, mostIr] = /IR version: (\d+), max supported IR version: (\d+)/.exec(said) ?? []
  if (ir !== undefined && mostIr !== undefined)
    return {
      why: `the file is of IR version ${ir}, and it reads up to ${mostIr}`,
      hint: `in Python: m = onnx.load(file); m.ir_version = ${mostIr}; onnx.save(m, file); or take an onnxruntime-node that is newer`,
    }
  const [, opset, domain, mostOpset] = /Opset (\d+) is under development.*domain (\S+) is till opset (\d+)/.exec(said) ?? []
  if (opset !== undefined)
    return {
      why: `the file is of version ${opset} of the operators of ${domain} (opset), and it knows up to ${mostOpset}`,
      hint: `export it with opset_version=${mostOpset} or less (onnx.version_converter.convert_version brings it there), or take an onnxruntime-node that is newer`,
    }
  const isLacking = said.includes('Could not find an implementation for') || said.includes('tensor(bfloat16)')
  if (precision === 'bfloat16' && isLacking)
    return {
      why: 'the graph computes in bfloat16, which its operators for the processor do not know',
      hint: 'export it in float32: model.float() before torch.onnx.export (precision: auto takes bfloat16 where the processor has it)',
    }
  const [, operator, version] = /Could not find an implementation for (\w+)\((\d+)\)/.exec(said) ?? []
  if (operator !== undefined) {
    const other = Number(version) > longKnown ? `an opset_version below ${version}` : 'a newer opset_version'
    return {
      why: `it has no ${operator} of version ${version} of the operators for the types that the graph gives it`,
      hint: `export it with ${other} (onnx.version_converter.convert_version brings it there), and with types that are usual for images`,
    }
  }
  const [, code] = /Unsupported data type: (\d+)$/.exec(said) ?? []
  if (code !== undefined)
    return {
      why: `an input or output of its graph is of ${elementTypeOf(Number(code)) ?? `the type ${code}`}, which JavaScript has no numbers for`,
      hint: 'export it with inputs and outputs of float32 or float16 (a Cast at its beginning, and at its end)',
    }
  return { why: reasonOf(cause), hint: 'export the model again, with operators that onnxruntime knows' }
}
