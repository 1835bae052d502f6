/** The text of a card, or of a list of names: UTF-8, or told. Read as UTF-8 anyway, names of classes would lose their letters without a word. */

import { ModelError } from '../../core/errors.js'

/** Throws CARD_INVALID. */
export function textIn(bytes: Uint8Array, file: string): string {
  const isWide = bytes.includes(0)
  try {
    if (!isWide) return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // It is told below.
  }
  throw new ModelError('CARD_INVALID', `${file} is no text in UTF-8`, {
    hint: isWide
      ? 'an editor of Windows may have saved it as UTF-16 ("Unicode"): save it as UTF-8'
      : 'save it as UTF-8: its letters are of another encoding',
  })
}
