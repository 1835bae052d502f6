/**
 * The form of `model.yml`, as a person writes it. What the ONNX file says by itself (names, sizes, layout, dtype, widths) may be
 * left out; `card.ts` fills it in and checks what is written against the file.
 */

import { list, oneOf, pixelSize, pixels, ratio, real, record, resolution, shape, text, triple, whole } from '../../core/options.js'
import { parsed } from '../../core/text/parsed.js'

const name = () => text().regex(/^[^\p{Cc}]{1,200}$/u, 'is no name: 1 to 200 printable characters')
const sha256 = () => text().regex(/^[0-9a-f]{64}$/, 'is no sha256: 64 lower-case hexadecimal digits')

const inputForm = shape({
  name: text().optional().describe("The input's name in the graph; default: its only input."),
  form: oneOf('pixels').optional().describe('`pixels`: the graph takes [N, 3], each pixel by itself. Otherwise it takes pictures.'),
  size: pixelSize().optional().describe('Pixels of a patch; default: what the graph says (256 px of pixels).'),
  at: resolution().optional().describe('The resolution the model was trained on.'),
  layout: oneOf('NHWC', 'NCHW').optional().describe('Default: where the graph has its 3 channels.'),
  channels: oneOf('RGB', 'BGR').default('RGB').describe('Order of the channels.'),
  dtype: oneOf('uint8', 'float32', 'float16').optional().describe('Default: what the graph says.'),
  scale: ratio().optional().describe('For floats: (pixel × scale − mean) ÷ std. Write 1/255, or 1 when the graph takes 0 to 255.'),
  mean: triple().optional().describe('Red, green, blue; default 0.'),
  std: triple().optional().describe('Red, green, blue; default 1.'),
  lookup: text().optional().describe('Base64 of 3 × 256 bytes: how grey levels enter a quantised model.'),
})

const classForm = name()
  .transform((written): { name: string; color?: string | undefined } => ({ name: written }))
  .or(
    shape({
      name: name(),
      color: text()
        .regex(/^#[0-9a-fA-F]{6}$/, 'is no colour: write #1f77b4')
        .optional(),
    }),
  )

const valueForm = shape({ name: name(), about: text() })

const outputForm = shape({
  name: text().optional().describe("The output's name in the graph; default: its only output."),
  kind: oneOf('classes', 'features', 'values', 'mask').describe(
    'Probabilities of named classes, a vector, named numbers, or numbers for every pixel, of which one says tissue.',
  ),
  classes: list(classForm).min(1).max(100_000).optional().describe('For classes: their names, in order, with colours.'),
  values: list(valueForm).min(1).max(10_000).optional().describe('For values: a column name and a sentence each.'),
  size: whole(1, 16_777_216).optional().describe('For features: how many numbers; default: what the graph says.'),
  channel: whole(0, 1023).optional().describe('For masks: which of the numbers of a pixel says tissue; default: the last.'),
  threshold: real().optional().describe('For masks: tissue is where it is more than this; default 0.5.'),
  view: oneOf('whole', 'windows')
    .optional()
    .describe('For masks: the model sees the `whole` slide squeezed into its input, or `windows` at the resolution of its input.'),
  in_graph: oneOf('none', 'softmax', 'sigmoid').default('none').describe('The activation that the graph applies itself.'),
  apply: oneOf('none', 'softmax', 'sigmoid').default('none').describe('The activation to be applied to what comes out.'),
})

const testForm = shape({
  seed: whole(),
  sha256: sha256(),
  expected: record(list(real())),
  tolerance: real(0).default(1e-4),
})

const cardForm = shape({
  name: name().describe('How the model is called in outputs.'),
  file: text().default('model.onnx').describe('The ONNX file, in the same folder.'),
  sha256: sha256().optional().describe('Of the ONNX file (and its external data); computed, and compared when written.'),
  licence: text().optional(),
  about: text().default(''),
  source: text().optional(),
  inputs: list(inputForm).min(1).max(16),
  outputs: list(outputForm).min(1).max(64),
  batch: whole(1, 65_536).optional().describe('A fixed batch; default: what the graph says.'),
  stride: pixels().optional().describe('Distance of patches unless told otherwise; default: the patch size.'),
  parent: text().optional().describe('What a quantised or converted model was made from.'),
  facts: record(text().or(real())).optional().describe('Anything else people should know: how it was calibrated, its published score.'),
  test: testForm.optional(),
})

type Form = Extract<ReturnType<typeof parseForm>, { value: unknown }>['value']
export type CardForm = Form
export type InputForm = Form['inputs'][number]
export type OutputForm = Form['outputs'][number]

/** The form, or what is wrong with it. */
export const parseForm = (value: unknown) => parsed(cardForm, value)
