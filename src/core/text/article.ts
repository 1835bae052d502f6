/** `a` or `an`, as the name is written. */
export const article = (name: string): string => (/^[aeiou]/i.test(name) ? 'an' : 'a')
