/** Opens an ONNX file that nobody vouches for: reads it, looks into it, refuses what would reach outside its folder. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import { holds } from '../../core/files/holds.js'
import { threeDigits } from '../../geometry/round.js'
import { operatorsOf, withoutFunctions } from './functions.js'
import { allowedDomains, inspectOnnx, type OnnxFacts } from './inspect-onnx.js'
import { randomIn } from './random.js'
import { decodeModel, largestModel, type ModelProto } from './schema.js'
import { withSmallTensors } from './tensor-places.js'
import { normalisesByBatch } from './whole-batch.js'

/** Operators of a graph with its functions written out, as the runtime writes them: large networks have some ten thousand. */
const mostOperators = 1_000_000

export interface OnnxFile {
  readonly file: string
  readonly bytes: Uint8Array
  /** Without functions of its own: what they do stands in the graph. */
  readonly model: ModelProto
  readonly facts: OnnxFacts
  /** Of the file, followed by its external data in the order of the names. */
  readonly sha256: string
  /** Bytes of all of them. */
  readonly size: number
}

/** Reads and checks the file. Throws MODEL_MISSING, NOT_ONNX, EXTERNAL_DATA, CUSTOM_OPERATOR or RANDOM_OPERATOR. */
export async function readOnnx(file: string): Promise<OnnxFile> {
  return onnxOf(file, await bytesOf(file))
}

/** The same of bytes that are, or could be, those of `file`. */
export async function onnxOf(file: string, bytes: Uint8Array): Promise<OnnxFile> {
  const model = withoutFunctions(decodeModel(bytes, file))
  const facts = inspectOnnx(model)
  if (facts.opset < 1) {
    throw new ModelError('NOT_ONNX', `${file} is no ONNX model: it does not say which version of the operators it uses`, {
      hint: 'the file may be cut off, or be another format',
    })
  }
  if (facts.customOperators.length > 0) {
    const domains = allowedDomains.map((domain) => `'${domain}'`).join(', ')
    const optimised = facts.customOperators.some((name) => name.startsWith('com.microsoft.nchwc.'))
    throw new ModelError('CUSTOM_OPERATOR', `${file} needs operators of its own: ${facts.customOperators.join(', ')}`, {
      hint: optimised
        ? 'ONNX Runtime has saved it as it was optimised for one processor (optimized_model_filepath): give the file that was optimised'
        : `export the model with standard operators only (domains ${domains}); libraries of operators are not loaded`,
    })
  }
  const random = randomIn(model)
  if (random.length > 0) {
    throw new ModelError(
      'RANDOM_OPERATOR',
      `${file} throws dice: it holds ${random.join(', ')}, and gives one patch another answer each time`,
      {
        hint: 'export the model for inference: model.eval() before torch.onnx.export',
      },
    )
  }
  if (normalisesByBatch(model)) {
    throw new ModelError(
      'RANDOM_OPERATOR',
      `${file} holds BatchNormalization in training mode: it normalises by the pictures of a batch, and gives one patch another answer beside others`,
      { hint: 'export the model for inference: model.eval() before torch.onnx.export' },
    )
  }
  const operators = operatorsOf(model)
  if (operators > mostOperators) {
    const count = Number.isFinite(operators)
      ? `${threeDigits(operators)} operators, more than ${mostOperators}`
      : 'operators without end, or calls too deep'
    throw new ModelError('MODEL_REFUSED', `${file} calls functions that call functions: written out they are ${count}`, {
      hint: 'export the model again, without functions of its own',
    })
  }
  const hash = createHash('sha256').update(bytes)
  let size = bytes.length
  for (const location of facts.externalFiles) {
    const other = await externalFile(file, location)
    for await (const chunk of createReadStream(other)) hash.update(chunk)
    size += (await stat(other)).size
  }
  return { file, bytes, model: await withSmallTensors(file, model), facts, sha256: hash.digest('hex'), size }
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new ModelError('MODEL_MISSING', `${file} is no file`)
    if (found.size > largestModel) {
      throw new ModelError('NOT_ONNX', `${file} has ${found.size} bytes, more than an ONNX file can have (${largestModel})`, {
        hint: 'larger models keep their weights in files beside (external data)',
      })
    }
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof ModelError) throw cause
    throw new ModelError('MODEL_MISSING', `${file} cannot be read`, { hint: 'the card names its ONNX file under file:', cause })
  }
}

/** The absolute path of external data, which must lie in the model's folder, links followed. */
async function externalFile(file: string, location: string): Promise<string> {
  const folder = path.dirname(file)
  const refuse = (why: string, cause?: unknown, hint = 'save it again with its data beside it, or in one file') =>
    new ModelError('EXTERNAL_DATA', `${file} keeps tensors in '${location}', ${why}`, {
      hint: `a model may only name files in its own folder; ${hint}`,
      ...(cause === undefined ? {} : { cause }),
    })
  const steps = location.split(/[\\/]/)
  if (location === '') throw refuse('which names no file')
  if (path.isAbsolute(location) || path.win32.isAbsolute(location) || /^[A-Za-z]:/.test(location)) throw refuse('an absolute path')
  if (steps.includes('..') || location.includes('\0')) throw refuse('which leaves its folder')
  const target = path.join(folder, ...steps)
  let real: string
  try {
    real = await realpath(target)
  } catch (cause) {
    throw refuse('which is not there', cause)
  }
  // A pipe would be waited for, a device has no end.
  if (!(await stat(real)).isFile()) throw refuse('which is no file')
  if (!holds(await realpath(folder), real))
    throw refuse(
      'a link that leads outside its folder',
      undefined,
      'copy it with what its links lead to (the cache of Hugging Face is made of such): cp -rL',
    )
  return real
}
