/** What PyTorch answers for the same weights: of each family one; the wider and deeper ones, which are the same code with larger numbers, in `npm run test:long`. */

import { architectures } from '../../src/workshop/convert/architectures/registry.js'
import { families, smallest, testAnswers } from '../../test/workshop/convert/pytorch-answers.js'
import { long } from '../long.js'

const asked = long ? Object.keys(architectures) : families
testAnswers(asked.filter((name) => !smallest.includes(name)))
