/** What scanners write as text: a list of `key = value`. Of two with one key the last counts. */

export function fieldsOf(parts: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const part of parts) {
    const at = part.indexOf('=')
    if (at > 0) fields.set(part.slice(0, at).trim(), part.slice(at + 1).trim())
  }
  return fields
}

/** Programs that write such lists anew spell names in small letters at times: one that is spelled as it should be comes first. */
export function fieldOf(fields: ReadonlyMap<string, string>, name: string): string | undefined {
  if (fields.has(name)) return fields.get(name)
  const lower = name.toLowerCase()
  return [...fields].find(([key]) => key.toLowerCase() === lower)?.[1]
}
