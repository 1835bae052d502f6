/**
 * Names of columns that need no quotes in any program: letters and digits of any script, `_` for whatever stands between them, no digit in
 * front and no word of SQL. What people call a class or a value stays in the metadata of the table.
 */

/** Empty where the text has neither letter nor digit. One spelling of `ä`: a letter and its dots would be two characters. */
export const plainName = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{Nd}]+/gu, '_')
    .replace(/^_|_$/g, '')

/** Equal for names that DuckDB, Spark and others take for one: they do not tell capital letters from small ones. */
export const sameName = (name: string): string => name.normalize('NFC').toLowerCase()

/** What DuckDB, PostgreSQL or BigQuery read as SQL where the name of a column could stand. */
const sqlWords = new Set(
  `all analyse analyze and anti any array as asc asof assert_rows_modified asymmetric at authorization between binary both by case cast check
  collate collation column columns concurrently constraint contains create cross cube current current_catalog current_date current_role
  current_schema current_time current_timestamp current_user default deferrable define desc describe distinct do else end enum escape except
  exclude exists extract false fetch filter following for foreign freeze from full generated glob grant group grouping groups hash having if
  ignore ilike in initially inner intersect interval into is isnull join lambda lateral leading left like limit localtime localtimestamp
  lookup map merge natural new no not notnull null nulls of offset on only or order outer over overlaps partition pivot pivot_longer
  pivot_wider placing positional preceding primary proto qualify range recursive references respect returning right rollup rows select semi
  session_user set show similar some struct summarize symmetric system_user table tablesample then to trailing treat true try_cast tuple
  unbounded union unique unnest unpack unpivot user using variadic verbose when where window with within`.split(/\s+/),
)

/** The names of one table's columns, each given once: one that is there already gets `_2`, then `_3`, in the order in which they are taken. */
export class PlainNames {
  /** How often each has been asked for. */
  readonly #taken = new Map<string, number>()

  /** `prob_` and a class, say. One without a letter or digit is called by its number. */
  behind(front: string, text: string, number: number): string {
    return this.#free(`${front}${plainName(text) || number}`)
  }

  /** A name by itself; one that would need quotes gets `what` in front: `value_1st`, `value_order`. */
  alone(what: string, text: string, number: number): string {
    return this.#free(standing(what, text, number))
  }

  #free(name: string): string {
    let free = name
    let times = this.#taken.get(sameName(name)) ?? 0
    while (this.#taken.has(sameName(free))) free = `${name}_${++times}`
    this.#taken.set(sameName(name), Math.max(times, 1))
    this.#taken.set(sameName(free), this.#taken.get(sameName(free)) ?? 1)
    return free
  }
}

export function standing(what: string, text: string, number: number): string {
  const plain = plainName(text)
  return plain === '' || /^\p{Nd}/u.test(plain) || sqlWords.has(plain.toLowerCase()) ? `${what}_${plain || number}` : plain
}
