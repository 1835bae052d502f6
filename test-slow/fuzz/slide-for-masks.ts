/** The slide that masks are stretched over: only its size is asked for. */

import { memorySlide as inMemory } from '../../test/support/memory-slide.js'

export const memorySlide = inMemory({ width: 640, height: 480, id: 'input' })
