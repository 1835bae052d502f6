/** Lines that came along from elsewhere: Markdown, git, a word processor, another language. None of them is YAML. */

import type { Slip } from './yaml-slip.js'

const bullet = /^(\s*)([–—‒‐−•·●▪*])\s+(\S.*)$/
const comment = /^(\s*)(\/\/|\/\*|--(?!-)|;)\s*(.*)$/
/** A space that does not break, in place of one that YAML knows: before anything, or behind the colon of a key. */
const hardSpace = /^[ \t]*[\u00a0\u2002-\u200b\u202f\u3000]|^\s*(?:- )*[\w-]+:[\u00a0\u2002-\u200b\u202f\u3000]/

export function foreignSlip(text: string, row: number): Slip | undefined {
  const say = (kind: Slip['kind'], column: number, message: string): Slip => ({ kind, line: row + 1, column: column + 1, message })
  if (/^\s*(?:```|~~~)/.test(text)) return say('fence', 0, 'this line is of Markdown: take it away')
  if (/^(?:<{7}|={7}|>{7})(?:\s|$)/.test(text))
    return say('conflict', 0, 'this line is the mark of a conflict in git: keep one of the two sides, and take the marks away')
  const [, before, mark, item] = bullet.exec(text) ?? []
  if (mark !== undefined) return say('dash', before!.length, `${mark} is no dash of YAML: write - ${item}`)
  const [, space, sign, said] = comment.exec(text) ?? []
  if (sign !== undefined) return say('comment', space!.length, `a comment begins with #: write # ${said}`)
  if (hardSpace.test(text)) {
    const column = text.search(/[\u00a0\u2002-\u200b\u202f\u3000]/)
    return say('space', column, 'a space that does not break stands here, as web pages and word processors have it: write a plain space')
  }
  if (/^\s*(?:- )*[\w-]+：/.test(text))
    return say('space', text.indexOf('：'), `this colon is none of YAML: write ${text.trim().replace(/：\s*/, ': ')}`)
  return undefined
}

/** Of a text that parses, and says something else than was meant. */
export const hardSpaces = (source: string): readonly Slip[] =>
  source.split('\n').flatMap((text, row) => (hardSpace.test(text) ? (foreignSlip(text, row) ?? []) : []))
