/** The wider and deeper networks: what PyTorch answers for the same weights. */

import { architectures } from '../../src/workshop/convert/architectures/registry.js'
import { quick, testAnswers } from '../../test/workshop/convert/pytorch-answers.js'

testAnswers(Object.keys(architectures).filter((name) => !quick.includes(name)))
