// Writes model.onnx beside this file, byte for byte the same each time: npm run compile && node models/stain/make.mjs
import { writeFileSync } from 'node:fs'
import { stainModel } from '../../dist/src/workshop/zoo/stain.js'

writeFileSync(new URL('model.onnx', import.meta.url), stainModel())
