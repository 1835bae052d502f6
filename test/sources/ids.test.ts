import test from 'ava'
import fc from 'fast-check'
import { idOf, safeId } from '../../src/sources/common/ids.js'

test('ids are file names without their endings', (t) => {
  t.is(idOf('/a/b/TCGA-A1-01Z-00-DX1.svs'), 'TCGA-A1-01Z-00-DX1')
  t.is(idOf('S1.ome.tiff'), 'S1')
  t.is(idOf('a.b.c.tif'), 'a.b.c')
  t.is(idOf('.svs'), '_svs')
})

test('what no file system or not every one takes is made safe', (t) => {
  t.is(safeId('a/b\\c:d*e?f"g<h>i|j'), 'a_b_c_d_e_f_g_h_i_j')
  t.is(safeId('../x'), '__x')
  t.is(safeId('nul'), '_nul')
  t.is(safeId('x. '), 'x')
  // 179 bytes fit, and of the next letter only a half would.
  t.is(safeId(`${'a'.repeat(179)}🧬`), 'a'.repeat(179))
  t.is(safeId('é'), 'é')
  // Of any length, and soon.
  for (const letter of [' ', '.', 'a', '\u0000']) t.true(Buffer.byteLength(safeId(`a${letter.repeat(300_000)}b`)) <= 180)
})

test('a safe id is a single, short file name, and safe already', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const id = safeId(text)
      t.true(id.length > 0 && Buffer.byteLength(id) <= 181)
      t.false(/[/\\\0]/.test(id) || id === '.' || id === '..')
      t.is(safeId(id), id)
    }),
  )
})
