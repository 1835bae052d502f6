/** A choice that is the same every time. */

/** `count` of a stream, each as likely as any other; no more are ever held. */
export async function drawnFrom<T>(stream: AsyncIterable<T>, count: number, random: () => number): Promise<T[]> {
  const kept: T[] = []
  let seen = 0
  for await (const one of stream) {
    seen++
    if (kept.length < count) kept.push(one)
    else {
      const place = Math.floor(random() * seen)
      if (place < count) kept[place] = one
    }
  }
  return kept
}

/** 0 to 1, the same every time: the generator of Numerical Recipes. */
export function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
