/** The little of picomatch that is used; the package brings no types. */
declare module 'picomatch' {
  export default function picomatch(
    pattern: string,
    options?: { readonly dot?: boolean; readonly posix?: boolean },
  ): (text: string) => boolean
}
