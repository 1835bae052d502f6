/** Names on one line, as a command takes them: commas between them, and double quotes around one that has a comma, as in CSV. */

/** `tumour,"stroma, dense"`; null where a quote is not closed, or something stands behind it. */
export function namesIn(written: string): string[] | null {
  const names: string[] = []
  const name = /\s*(?:"((?:[^"]|"")*)"|(?!")([^,]*))\s*(,|$)/y
  for (;;) {
    const found = name.exec(written)
    if (found === null) return null
    names.push(found[1]?.replaceAll('""', '"') ?? found[2]!.trim())
    if (found[3] === '') return names
  }
}

/** A name as it stands in such a line. */
export const inList = (name: string): string => (/,|^"/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)

/** Whether a list has the same names as another, one of them at another place. */
export const inAnotherOrder = (names: readonly string[], others: readonly unknown[]): boolean =>
  names.length === others.length && names.every((name) => others.includes(name)) && names.some((name, i) => name !== others[i])
