/** What a file calls the pictures beside its slide, whatever format it is of. Pure. */

/** All that is said of a picture is that it is no slide. (In a longer text the words may mean anything: "unlabelled slide".) */
export const isBesideName = (text: string | undefined): boolean =>
  /^(?:label|macro|overview|thumbnail)(?: image)?$/i.test(text?.trim() ?? '')

/** Which of those that are shown it is. */
export const besideNameIn = (text: string | undefined): string | undefined => /label|macro|thumbnail/.exec((text ?? '').toLowerCase())?.[0]
