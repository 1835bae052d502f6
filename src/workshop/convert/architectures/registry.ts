/** The architectures that weights can be converted for, by name. */

import { alexnet } from './alexnet.js'
import type { Architecture } from './architecture.js'
import { densenets } from './densenet.js'
import { googlenet } from './googlenet.js'
import { mobilenetV2 } from './mobilenet-v2.js'
import { mobilenetsV3 } from './mobilenet-v3.js'
import { resnets } from './resnet.js'

const all: readonly Architecture[] = [alexnet, ...resnets, ...densenets, mobilenetV2, ...mobilenetsV3, googlenet]

export const architectures: Readonly<Record<string, Architecture>> = Object.fromEntries(all.map((a) => [a.name, a]))
