import test from 'ava'
import { didYouMean } from '../../../src/core/text/did-you-mean.js'

test('near names are offered, far and very long ones are not', (t) => {
  const known = ['method', 'keep', 'mask']
  t.is(didYouMean('kep', known), ", did you mean 'keep'?")
  t.is(didYouMean('Metod', known), ", did you mean 'method'?")
  t.is(didYouMean('maks', known), ", did you mean 'mask'?") // two neighbours swapped is one slip
  t.is(didYouMean('colour', known), '')
  t.is(didYouMean('x'.repeat(100), ['x'.repeat(99)]), '')
})
