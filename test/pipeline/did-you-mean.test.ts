import test from 'ava'
import { didYouMean, editDistance, nearest } from '../../src/pipeline/did-you-mean.js'

test('distances known from the literature', (t) => {
  t.is(editDistance('kitten', 'sitting'), 3)
  t.is(editDistance('', 'abc'), 3)
  t.is(editDistance('flaw', 'lawn'), 2)
  t.is(editDistance('keep', 'keep'), 0)
  t.is(editDistance('maks', 'mask'), 1) // two neighbours swapped is one mistake
})

test('near names are offered, far ones are not', (t) => {
  const known = ['method', 'keep', 'file']
  t.is(didYouMean('kep', known), ", did you mean 'keep'?")
  t.is(didYouMean('Metod', known), ", did you mean 'method'?")
  t.is(didYouMean('colour', known), '')
  t.is(nearest('x'.repeat(100), ['x'.repeat(99)]), undefined)
})
