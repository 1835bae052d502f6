/** `{slide}` in the name of a file: the id of the slide, letter for letter. */

/** The id is given by a function: as a text, `$&` and `$$` in it would be words of `replaceAll`, and `a$$b` have the files of `a$b`. */
export const slideIn = (template: string, id: string): string => template.replaceAll('{slide}', () => id)
