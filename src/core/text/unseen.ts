/** What stands in a text and is not seen there: copied along from a web page, a chat or a word processor. */

const hidden = /[\p{Cf}\u2028\u2029]/gu
const codeOf = (letter: string): string => `U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`

/** Of a sentence: in one line, and with what nobody sees named at its end. */
export function visible(sentence: string): string {
  const line = sentence.replace(/\p{Cc}/gu, (letter) => JSON.stringify(letter).slice(1, -1))
  const unseen = [...new Set(line.match(hidden))].map(codeOf)
  return unseen.length === 0 ? line : `${line} (in it stands ${unseen.join(', ')}, which is not seen)`
}

/** Letters of `written` that look as Latin ones do, and are none, where `meant` has none such. */
export function lookalikes(written: string, meant: string): string {
  const others = [...new Set(written.match(/[\p{Script=Cyrillic}\p{Script=Greek}\uff01-\uff5e]/gu))].filter(
    (letter) => !meant.includes(letter),
  )
  return others.length === 0 ? '' : ` (${others.map((letter) => `'${letter}' is ${codeOf(letter)}`).join(', ')})`
}
