/**
 * Part of `npm run build`: writes down the code that protobufjs would make for the messages of an ONNX file at every start, in the place of
 * `models/onnx/messages.js`. It is a tenth of the time of `check`, and where Node is started so that it makes no code from strings, models are read all
 * the same. Of protobufjs only its reader and writer are loaded then.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import protobuf from 'protobufjs'
import { proto } from '../build/src/models/onnx/proto.js'

const target = 'build/src/models/onnx/messages.js'
const { root } = protobuf.parse(proto)
root.resolveAll()

/** All messages, those inside of others too. */
const messages = []
const collect = (space) => {
  for (const each of space.nestedArray) {
    if (each instanceof protobuf.Type) messages.push(each)
    if (each.nested) collect(each)
  }
}
collect(root)
const place = (message) => `messages[${messages.indexOf(message)}]`

/** The value of a field that is not there, as a message has it on its prototype. */
function absent({ defaultValue }) {
  if (protobuf.util.Long.isLong(defaultValue))
    return `util.Long.fromBits(${defaultValue.low}, ${defaultValue.high}, ${defaultValue.unsigned})`
  if (Array.isArray(defaultValue)) return 'util.emptyArray'
  return JSON.stringify(defaultValue)
}

function codeOf(message) {
  const fields = message.fieldsArray
  const kinds = fields.map(({ resolvedType }) => (resolvedType === null ? 'null' : place(resolvedType)))
  const oneofs = message.oneofsArray.map(({ name, oneof }) => `[${JSON.stringify(name)}, ${JSON.stringify(oneof)}]`)
  return `define(${place(message)}, {
  // ${message.fullName.slice(1)}
  constructor: ${protobuf.Type.generateConstructor(message)},
  absent: { ${fields.map((field) => `${field.name}: ${absent(field)}`).join(', ')} },
  oneofs: [${oneofs.join(', ')}],
  code: (types, C) => ({
    encode: ${protobuf.encoder(message)},
    decode: ${protobuf.decoder(message)}
  })
}, [${kinds.join(', ')}])`
}

const text = `import protobuf from 'protobufjs/minimal.js'
const { Reader, Writer, util } = protobuf
const messages = Array.from({ length: ${messages.length} }, () => ({}))
function define(message, { constructor: C, absent, oneofs, code }, types) {
  Object.assign(C.prototype, absent)
  for (const [name, fields] of oneofs)
    Object.defineProperty(C.prototype, name, { get: util.oneOfGetter(fields), set: util.oneOfSetter(fields) })
  Object.assign(message, code(types, C))
}
${messages.map(codeOf).join('\n')}
export const Model = ${place(root.lookupType('ModelProto'))}
export function newWriter() {
  return Writer.create()
}
`

// Written anew only where it differs: what is joined of it is made again by its time. A library that was joined stands in it by another name.
const written = readFileSync(target, 'utf8')
if (written.slice(written.indexOf('\n')) !== text.slice(text.indexOf('\n'))) {
  writeFileSync(target, text)
  writeFileSync(`${target}.map`, JSON.stringify({ version: 3, sources: [], names: [], mappings: '' }))
}
