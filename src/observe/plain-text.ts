/** Text for strangers: what leaves this machine holds no signed address and no password in one. */

import { withoutSecrets } from '../core/address.js'

const address = /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s"'<>|]+/gi
const longest = 2000

/** The text with each address in it as `withoutSecrets` shows it, cut where it is long. */
export function plainText(text: string): string {
  const plain = text.replace(address, (found) => withoutSecrets(found))
  return plain.length > longest ? `${plain.slice(0, longest)} …` : plain
}
