/** The wider and deeper networks: what PyTorch answers for the same weights. All of them in `npm run test:long`. */

import { architectures } from '../../src/workshop/convert/architectures/registry.js'
import { quick, testAnswers } from '../../test/workshop/convert/pytorch-answers.js'
import { long } from '../long.js'

const rest = Object.keys(architectures).filter((name) => !quick.includes(name))
testAnswers(long ? rest : rest.filter((name) => ['wide_resnet50_2', 'densenet161'].includes(name)))
