/** Tests of what only the system's own libjpeg-turbo does; skipped by name where it is absent. */

import test, { type ExecutionContext } from 'ava'
import { nativeJpeg } from '../../src/codecs/jpeg-native.js'

const isThere = (await nativeJpeg()) !== null

export function needsNativeJpeg(name: string, run: (t: ExecutionContext) => Promise<void>): void {
  test(name, (t) => {
    if (isThere) return run(t)
    console.warn(`SKIPPED (absent: the system's libturbojpeg, or koffi): ${name}`)
    return t.pass()
  })
}
