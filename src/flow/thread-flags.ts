/**
 * With which flags of Node a thread begins. It takes over those of its process; but `--input-type`, which says what the text of `node -e` is, no file
 * can be begun with, and a list of one's own may hold no flag of the whole process. Of a text there is nothing else that a thread needs.
 */

export const threadFlags = (given: readonly string[] = process.execArgv): { readonly execArgv?: string[] } =>
  given.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {}
