/** Loaded before the program (`node --import`): the user has a number, but no name and no home, as in many containers. What Node throws then. */

import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

const unknown = (call: string) => () => {
  throw Object.assign(new Error(`A system error occurred: ${call} returned ENOENT (no such file or directory)`), {
    code: 'ERR_SYSTEM_ERROR',
  })
}

Object.assign(os, { homedir: unknown('uv_os_homedir'), userInfo: unknown('uv_os_get_passwd') })
syncBuiltinESMExports()
