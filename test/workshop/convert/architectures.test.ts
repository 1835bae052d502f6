import test from 'ava'
import { architectures } from '../../../src/workshop/convert/architectures/registry.js'
import { smallest, testAnswers } from './pytorch-answers.js'

test('there are 17 architectures', (t) => {
  t.is(Object.keys(architectures).length, 17)
})

testAnswers(smallest)
