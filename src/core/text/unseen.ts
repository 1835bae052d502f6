/** What stands in a text and is not seen there: copied along from a web page, a chat or a word processor. */

const hidden = /[\p{Cf}\u2028\u2029]/gu
const codeOf = (letter: string): string => `U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`

/** Of a sentence: in one line, and with what nobody sees named at its end. */
export function visible(sentence: string): string {
  const line = sentence.replace(/\p{Cc}/gu, (letter) => JSON.stringify(letter).slice(1, -1))
  const unseen = [...new Set(line.match(hidden))].map(codeOf)
  return unseen.length === 0 ? line : `${line} (in it stands ${unseen.join(', ')}, which is not seen)`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is shown
const obeyed = /\r(?!\n)|[\0-\x08\x0b\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g

/**
 * Of whole lines, as they go to a terminal: what it would obey (escape sequences, a carriage return, a change of direction that makes a name look
 * like another) as JSON writes it, so that a line of JSON stays what it is.
 */
export const shown = (text: string): string => text.replace(obeyed, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Letters of `written` that look as Latin ones do, and are none, where `meant` has none such. */
export function lookalikes(written: string, meant: string): string {
  const others = [...new Set(written.match(/[\p{Script=Cyrillic}\p{Script=Greek}\uff01-\uff5e]/gu))].filter(
    (letter) => !meant.includes(letter),
  )
  return others.length === 0 ? '' : ` (${others.map((letter) => `'${letter}' is ${codeOf(letter)}`).join(', ')})`
}
