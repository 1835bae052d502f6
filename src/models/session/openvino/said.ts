/** What OpenVINO says of a failure, in a sentence. Its messages have several lines, of places in its source and of what went wrong. */

/** A graph that is not all known to it: its summary names the operators, after pages about the first of them. */
const summary: readonly (readonly [RegExp, string])[] = [
  [/^(?:-- No conversion rule found for operations|OpenVINO does not support the following ONNX operations): (.+)$/, 'it has no'],
  [/^-- Conversion is failed for: (.+)$/, 'it cannot read'],
]

const longest = 400

/** `name`, `code`: the function that failed, and its status, for when it says nothing. */
export function sentenceOf(said: string, name: string, code: number): string {
  const lines = said.split('\n').map((line) => line.trim())
  const known = lines.flatMap((line) =>
    summary.flatMap(([pattern, words]) => {
      const [, operators] = pattern.exec(line) ?? []
      return operators === undefined ? [] : [`${words} ${operators}`]
    }),
  )
  // The last that says something is for people.
  const rest = lines.filter((line) => line !== '' && !/^(?:Exception from |Check '|\[ )/.test(line))
  const whole = known.length > 0 ? known.join('; ') : rest.join(' ')
  return (whole === '' ? `${name} ends with status ${code}` : whole).slice(0, longest)
}
