/** `{slide}` in the name of a file: the id of the slide, letter for letter. */

import path from 'node:path'
import { isAddress, schemeOf } from './address.js'

/** The id is given by a function: as a text, `$&` and `$$` in it would be words of `replaceAll`, and `a$$b` have the files of `a$b`. */
export const slideIn = (template: string, id: string): string => template.replaceAll('{slide}', () => id)

/** The same in a path or an address; that of a web server has it as URLs are written. */
export const slideInPlace = (template: string, id: string): string =>
  slideIn(template, schemeOf(template) === 'http' ? encodeURIComponent(id) : id)

/** The file of a slide; a relative one starts in `folder`, that of the pipeline. */
export function fileOfSlide(template: string, id: string, folder: string): string {
  const own = slideInPlace(template, id)
  return isAddress(template) ? own : path.resolve(folder, own)
}

/** What is wrong with such a name, one sentence each: a word in braces that stands for nothing. */
export const wordProblems = (option: string, template = ''): readonly string[] =>
  [...template.matchAll(/\{([^{}]*)\}/g)]
    .filter(([, word]) => word !== 'slide')
    .map(([, word]) => `${option} has {${word}}, and only {slide} stands for something: the id of the slide`)
