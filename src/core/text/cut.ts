/** A line of a message has at most so many letters: what it says of a value that somebody wrote may be a megabyte of it. */
const longest = 4096

export const cut = (text: string): string =>
  text.length <= longest
    ? text
    : text
        .split('\n')
        .map((line) => (line.length <= longest ? line : `${line.slice(0, longest - 1024)} … ${line.slice(-1000)}`))
        .join('\n')
