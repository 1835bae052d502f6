/** What the build writes down in the place of `models/onnx/messages.ts`, against what protobufjs makes of the same schema as it runs. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import protobuf from 'protobufjs'
import { packageRoot } from '../../../src/core/package-root.js'
import { Model, newWriter } from '../../../src/models/onnx/messages.js'
import { proto } from '../../../src/models/onnx/proto.js'

const { LongBits } = protobuf.util
const reference = protobuf.parse(proto).root.lookupType('ModelProto')

/** Two copies of the class of 64-bit integers are here. */
const asPlain = { oneofs: true, defaults: true, longs: String }
const plain = (value: unknown) => (typeof (value as { toNumber?: unknown } | null)?.toNumber === 'function' ? String(value) : value)

/** A message with something in every field, those of its messages too; of a choice the first. */
function full(type: protobuf.Type, depth: number): Record<string, unknown> {
  const first = type.fieldsArray.filter(
    ({ partOf }) => !partOf || partOf.oneof[0] === type.fieldsArray.find((one) => one.partOf === partOf)?.name,
  )
  const fields = first.filter(({ partOf, name }) => !partOf || partOf.oneof.find((one) => one in type.fields) === name)
  return Object.fromEntries(
    fields.flatMap((field) => (field.resolve().resolvedType && depth === 0 ? [] : [[field.name, sample(field, depth)]])),
  )
}

function sample(field: protobuf.Field, depth: number): unknown {
  const { type, id, resolvedType, repeated } = field
  const number = type.includes('64') ? new LongBits(id, -id >>> 0).toLong(type === 'uint64') : id
  const plain = type === 'string' ? `${field.name} é` : type === 'bytes' ? Buffer.from([id, 0, 255]) : type === 'float' ? id / 4 : number
  const one = resolvedType instanceof protobuf.Type ? full(resolvedType, depth - 1) : plain
  return repeated ? [one, one] : one
}

test('every field of every message is read and written as protobufjs does it', async (t) => {
  const made = reference.encode(full(reference, 3)).finish()
  t.true(made.length > 1_000, String(made.length))
  const models = await Promise.all(['stain', 'surroundings'].map((name) => readFile(path.join(packageRoot, 'models', name, 'model.onnx'))))
  // What a later ONNX might add is kept: field 4095 of the model, a number.
  const unknown = Buffer.concat([models[0]!, Buffer.from([0xf8, 0xff, 0x01, 0x07])])
  for (const bytes of [made, ...models, unknown]) {
    const read = Model.decode(bytes)
    t.deepEqual(reference.toObject(read as protobuf.Message, asPlain), reference.toObject(reference.decode(bytes), asPlain))
    t.true(Buffer.from(Model.encode(read, newWriter()).finish()).equals(reference.encode(reference.decode(bytes)).finish()))
  }
})

test('fields that are not there have the values that protobufjs gives', (t) => {
  const empty = { graph: { node: [{ attribute: [{}] }], initializer: [{}], input: [{ type: { tensorType: { shape: { dim: [{}] } } } }] } }
  const bytes = reference.encode(empty).finish()
  const compare = (ours: unknown, theirs: unknown, type: protobuf.Type) => {
    for (const field of type.fieldsArray) {
      const [mine, other] = [ours, theirs].map((each) => (each as Record<string, unknown>)[field.name])
      if (!(field.resolvedType instanceof protobuf.Type) || other === null || (Array.isArray(other) && other.length === 0))
        t.deepEqual(plain(mine), plain(other), field.fullName)
      else if (Array.isArray(other)) for (const [n, each] of other.entries()) compare((mine as unknown[])[n], each, field.resolvedType)
      else compare(mine, other, field.resolvedType)
    }
  }
  compare(Model.decode(bytes), reference.decode(bytes), reference)
})

test('what is no message is an error in both, and none is deeper than a hundred', (t) => {
  const [graph, attribute] = [reference.lookupType('GraphProto'), reference.lookupType('AttributeProto')]
  let inner: Uint8Array = graph.encode({ name: 'inner' }).finish()
  for (let depth = 0; depth < 60; depth++) {
    const around = protobuf.Writer.create().uint32(50).bytes(inner).finish()
    const node = protobuf.Writer.create().uint32(42).bytes(around).finish()
    inner = protobuf.Writer.create().uint32(10).bytes(node).finish()
  }
  const deep = protobuf.Writer.create().uint32(58).bytes(inner).finish()
  t.truthy(attribute.fields.g)
  for (const bytes of [deep, Buffer.from('PK\u0003\u0004'), Buffer.from([0x3a, 0xff, 0x7f])]) {
    const told = t.throws(() => reference.decode(bytes))
    t.is(t.throws(() => Model.decode(bytes))?.message, told?.message)
  }
})
