/** `{slide}` in the name of a file: the id of the slide, letter for letter. */

import { schemeOf } from './address.js'

/** The id is given by a function: as a text, `$&` and `$$` in it would be words of `replaceAll`, and `a$$b` have the files of `a$b`. */
export const slideIn = (template: string, id: string): string => template.replaceAll('{slide}', () => id)

/** The same in a path or an address; that of a web server has it as URLs are written. */
export const slideInPlace = (template: string, id: string): string =>
  slideIn(template, schemeOf(template) === 'http' ? encodeURIComponent(id) : id)
