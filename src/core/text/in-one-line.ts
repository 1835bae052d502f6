/** What an error says, with its remedy in brackets: for a line of several, in which nothing is indented. */
export const inOneLine = ({ message, hint }: { readonly message: string; readonly hint?: string | undefined }): string =>
  hint ? `${message} (${hint})` : message
