// Writes model.onnx beside this file, byte for byte the same each time: npm run compile && node models/colour/make.mjs
import { writeFileSync } from 'node:fs'
import { colourModel } from '../../dist/src/workshop/zoo/colour.js'

writeFileSync(new URL('model.onnx', import.meta.url), colourModel())
