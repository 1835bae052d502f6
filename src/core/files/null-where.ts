/** For `catch`: null where the system says one of these codes; any other error goes on. */
export const nullWhere =
  (...codes: readonly string[]) =>
  (error: NodeJS.ErrnoException): null => {
    if (error.code === undefined || !codes.includes(error.code)) throw error
    return null
  }
