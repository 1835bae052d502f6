/**
 * PostgreSQL's JSON holds neither the letter of number 0 nor half a letter. Both come into errors and tables out of damaged files; a job with one of them could be
 * put nowhere: its slide would be nobody's.
 */

const unsayable = /[\0\p{Cs}]/gu

export const sayable = (text: string): string => text.replace(unsayable, '\ufffd')

/** The same work; the words of the error that it throws can be kept. */
export function failingSayably<G extends readonly unknown[], R>(work: (...given: G) => Promise<R>): (...given: G) => Promise<R> {
  return async (...given) => {
    try {
      return await work(...given)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      error.message = sayable(error.message)
      if (error.stack !== undefined) error.stack = sayable(error.stack)
      throw error
    }
  }
}

/** Whether a value can be kept as it is. */
export const isSayable = (value: unknown): boolean => !/\\u(0000|d[89a-f])/.test(JSON.stringify(value))
