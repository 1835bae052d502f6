/** True in `npm run test:long`: what is sampled in `npm run test:slow` is done whole, and for longer. */
export const long = process.env.TIASTREAM_TEST_LONG === '1'

/** So many of them, any, in their order: another sample each time. */
export function sample<T>(all: readonly T[], most: number): readonly T[] {
  let [left, wanted] = [all.length, Math.min(most, all.length)]
  return all.filter(() => {
    const taken = Math.random() < wanted / left--
    if (taken) wanted--
    return taken
  })
}
