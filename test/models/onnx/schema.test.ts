import { readFile } from 'node:fs/promises'
import test from 'ava'
import { newGraph } from '../../../src/models/onnx/graph.js'
import { decodeModel, encodeModel, roomFor, type TensorProto, toNumber } from '../../../src/models/onnx/schema.js'
import { sharedTest } from '../../shared-data.js'

for (const file of [
  'models/tissue-unet/best_unet.onnx',
  'models/cifar10/ImageClassifier.onnx',
  'models/mnist/mnist.onnx',
  'models/imagenet-squeezenet-fp16/SqueezeNet_fp16.onnx',
  'models/bioimageio-unet2d-nuclei/weights.onnx',
  'models/onnx-light/light_shufflenet.onnx',
]) {
  sharedTest(`${file}, written by others, reads and writes back byte for byte`, [file], async (t, path) => {
    const bytes = await readFile(path!)
    t.is(Buffer.compare(encodeModel(decodeModel(bytes, file)), bytes), 0)
  })
  sharedTest(`${file} cut in half is refused`, [file], async (t, path) => {
    const bytes = await readFile(path!)
    t.throws(() => decodeModel(bytes.subarray(0, bytes.length / 2), file), { code: 'NOT_ONNX' })
  })
}

test('a graph keeps its names, shapes, attributes and bytes', (t) => {
  const build = () => {
    const graph = newGraph('small', 'adds')
    const x = graph.input('x', 'float32', ['N', 3])
    const one = graph.constant('one', new Float32Array([1, 2, 3]), [1, 3])
    graph.output(graph.node('Add', 'sum', [x, one]), 'float32', ['N', 3])
    return graph.bytes()
  }
  t.deepEqual(build(), build())
  const model = decodeModel(build(), 'small')
  t.is(model.producerName, 'tiastream')
  t.is(toNumber(model.opsetImport[0]!.version), 17)
  const shape = model.graph!.input[0]!.type!.tensorType!.shape!.dim
  t.deepEqual(
    shape.map((d) => (d.value === 'dimParam' ? d.dimParam : toNumber(d.dimValue!))),
    ['N', 3],
  )
  t.deepEqual(new Float32Array(new Uint8Array(model.graph!.initializer[0]!.rawData!).buffer), new Float32Array([1, 2, 3]))
})

test('a name used twice, or before it is made, is our bug', (t) => {
  const graph = newGraph('small')
  graph.input('x', 'float32', [1])
  t.throws(() => graph.input('x', 'float32', [1]), { message: /named twice/ })
  t.throws(() => graph.node('Relu', 'y', ['z']), { message: /'z' is used before/ })
  t.throws(() => graph.constant('c', new Float32Array(2), [3]), { message: /2 elements/ })
})

test('bytes that are no ONNX are refused', (t) => {
  const pointer = new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 44700000\n')
  const hintFor = (bytes: Uint8Array) =>
    t.throws<Error & { hint: string }>(() => decodeModel(bytes, 'other.onnx'), { code: 'NOT_ONNX' })!.hint
  t.regex(hintFor(pointer), /^it is a Git LFS pointer/)
  for (const [begins, hint] of [
    ['PK\x03\x04', /torch\.onnx\.export.* TorchScript/],
    ['\x80\x02}q', /pickle.* tiastream models convert/],
    ['\x80\0\0\0\0\0\0\0{"a"', /safetensors/],
    ['\x89HDF\r\n\x1a\n', /tf2onnx/],
    ['\x1c\0\0\0TFL3', /--tflite/],
    ['{"architectures": []}', /text/],
  ] as const)
    t.regex(hintFor(Buffer.from(begins + '\0'.repeat(40), 'latin1')), hint)
  t.throws(() => decodeModel(new Uint8Array(0), 'empty.onnx'), { code: 'NOT_ONNX', message: /empty.onnx .*no graph/ })
  // field 7 (graph) of 2^31 bytes, in a file of 7
  t.throws(() => decodeModel(new Uint8Array([0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 1]), 'lies.onnx'), { code: 'NOT_ONNX' })
})

test('a large model is written into memory that was laid for all of it at once, without what lies in another file', (t) => {
  const model = newGraph('x').model()
  const tensors = (...initializer: readonly Partial<TensorProto>[]) =>
    roomFor({ ...model, graph: { ...model.graph!, initializer: initializer as TensorProto[] } })
  // Only how long they are is looked at.
  const large = { rawData: { length: 2 ** 30 } as Uint8Array }
  t.is(tensors({ rawData: new Uint8Array(1000) }), 0)
  t.true(tensors(large, { rawData: new Uint8Array(1000) }) > 2 ** 30 + 1000)
  t.is(tensors({ ...large, dataLocation: 1 }), 0)
})
