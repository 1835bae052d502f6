/** What an architecture is here: a name, the width of its features, and its layers from the picture to the last feature maps. */

import type { Maps, Net } from '../net.js'

export interface Architecture {
  readonly name: string
  /** Channels of the last feature maps: the width of the head. */
  readonly features: number
  /** `image` is float, NCHW, already scaled. `finalRelu`: see DenseNet; the others have nothing to choose. */
  layers(net: Net, image: Maps, choice: { readonly finalRelu: boolean }): Maps
}
