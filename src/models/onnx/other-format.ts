/** What a file is that is no ONNX, as its first bytes show, and the way from there to a model. */

import { isPointer, pointerHint } from './git-pointer.js'

const weights = `weights of a network known here become a model with tiastream models convert; any other network is exported to ONNX where it was trained (torch.onnx.export)`

/** Where the mark stands, the mark in latin1, and what is said. */
const kinds: readonly (readonly [at: number, mark: string, hint: string])[] = [
  [0, 'PK', `it is a zip, as PyTorch and Keras save: ${weights}; so are TorchScript (.pt, .ts), torch.export (.pt2) and Keras`],
  [4, '\0\0\0\0{', `it is a safetensors file: ${weights}`],
  [0, '\x80', `it is a pickle, as PyTorch saves: ${weights}`],
  [0, '\x89HDF', 'it is HDF5, as Keras saves: make ONNX of it with python -m tf2onnx.convert'],
  [4, 'TFL', 'it is TensorFlow Lite: make ONNX of it with python -m tf2onnx.convert --tflite'],
  [4, 'ORTM', 'it is in the format of ONNX Runtime alone (.ort): take the .onnx it was made from'],
  [0, 'ftrt', 'it is an engine of TensorRT, for one kind of card: take the .onnx it was made from'],
  [0, 'GGUF', 'it is a GGUF of a language model, which takes no pictures'],
  [0, '\x1f\x8b', 'it is packed by gzip: unpack it first'],
  [0, '{', 'it is text (JSON): the graph lies beside it, perhaps'],
  [
    0,
    '<?xml',
    'it is XML: a graph of OpenVINO (.xml with its .bin) is exported to ONNX where it was trained; a download may be an error message',
  ],
  [0, '<', 'it is a web page: was the download an error message?'],
]

/** For NOT_ONNX. */
export function otherFormatHint(bytes: Uint8Array): string {
  if (isPointer(bytes)) return pointerHint
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  return kinds.find(([at, mark]) => head.startsWith(mark, at))?.[2] ?? 'the file may be cut off, or be another format'
}
