/** What separates the columns of a list: a comma, or a semicolon or tab where the line of names shows it. */

const separators = [',', ';', '\t'] as const
export type Separator = (typeof separators)[number]

export interface Separation {
  readonly separator: Separator
  /** The first line says `sep=;`, as Excel understands it, and is no line of names. */
  readonly said: boolean
}

/** What a list begins with, up to the end of its line of names; undefined while that has not come. */
export function beginOf(text: string): string | undefined {
  const [blank] = /^\ufeff?(sep=.[\r\n]+)?\s*/i.exec(text)!
  const end = endOfLine(text, blank.length)
  return end === undefined ? undefined : text.slice(0, end)
}

function endOfLine(text: string, from: number): number | undefined {
  let quoted = false
  for (let i = from; i < text.length; i++) {
    const letter = text[i]
    if (letter === '"') quoted = !quoted
    else if (!quoted && (letter === '\n' || letter === '\r')) return i
  }
  return undefined
}

/** The comma unless another one is seen and gives a column of one of the `wanted` names; where none does, the one that is seen most. */
export function separationOf(begin: string, wanted: readonly string[]): Separation {
  const said = /^\ufeff?sep=([,;\t])[\r\n]/i.exec(begin)?.[1] as Separator | undefined
  if (said !== undefined) return { separator: said, said: true }
  const names = separators.map((separator) => namesOf(begin, separator))
  const gives = names.findIndex((fields) => wanted.some((name) => fields.includes(name)))
  const most = Math.max(...names.map((fields) => fields.length))
  return { separator: separators[gives < 0 ? names.findIndex((fields) => fields.length === most) : gives]!, said: false }
}

/** The names that a separator gives, in small letters: quoted parts hold none. */
function namesOf(begin: string, separator: Separator): readonly string[] {
  const bare = begin.replace(/"((?:[^"]|"")*)"/g, (_, inside: string) => inside.replaceAll(/[,;\t]/g, ' '))
  return bare.split(separator).map((field) =>
    field
      .replace(/^\ufeff/, '')
      .trim()
      .toLowerCase(),
  )
}
