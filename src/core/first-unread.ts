import type { Unread } from './overview.js'

/** Why the first part that could not be read could not. */
export class FirstUnread {
  why: string | undefined

  readonly note: Unread = (_, why) => {
    this.why ??= why.message
  }
}
