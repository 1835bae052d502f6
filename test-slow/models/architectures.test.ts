/** What PyTorch answers for the same weights: of each family one, and of the wider and deeper ones two. All of them in `npm run test:long`. */

import { architectures } from '../../src/workshop/convert/architectures/registry.js'
import { families, smallest, testAnswers } from '../../test/workshop/convert/pytorch-answers.js'
import { long } from '../long.js'

const asked = long ? Object.keys(architectures) : [...families, 'wide_resnet50_2', 'densenet161']
testAnswers(asked.filter((name) => !smallest.includes(name)))
