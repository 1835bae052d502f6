/**
 * What a command writes on its own standard streams, through one door: names and messages in it come from files and servers of anyone, and a
 * terminal shall show them, not obey them (set its title, colour or clear it, write over the line that says what failed).
 */

import { shown } from '../core/text/unseen.js'

/** What was asked for. */
export const answer = (text: string): void => void process.stdout.write(shown(text))

/** What a person should know beside it. */
export const aside = (text: string): void => void process.stderr.write(shown(text))
