/** Which of several models a name means. */

import test from 'ava'
import { provenanceFor } from '../../../src/core/columns/asked.js'

const named = (name: string, under: string) => ({ name, outputs: [{ under }] })

test('a model whose columns cannot begin with its name is called by it all the same, or as its columns are', (t) => {
  const [first, second] = [named('3d-net', 'model_3d_net_'), named('stain', 'stain_')]
  const made = { model: second, others: [first] }
  for (const name of ['3d-net', '3D-Net', '3d_net', 'model_3d_net']) t.is((provenanceFor(made, name) as typeof made).model, first, name)
  t.is((provenanceFor(made, 'Stain') as typeof made).model, second)
  for (const name of ['', '—', 'net', 'model_stain']) t.is(typeof provenanceFor(made, name), 'string', name)
})
