/** Addresses of what lies on a server (`https://`, `s3://`, `gs://`, `az://`, `dicomweb://`), told apart from paths, and shown without their secrets. */

export type Scheme = 'http' | 's3' | 'gs' | 'az' | 'dicomweb'

/** Null for a path: `C:\slides` and `memory:image` are no addresses. */
export function schemeOf(uri: string): Scheme | null {
  const found = /^(https?|s3|gs|az|dicomweb(?:\+https?)?):\/\//i.exec(uri)?.[1]?.toLowerCase()
  if (found === undefined) return null
  if (found.startsWith('dicomweb')) return 'dicomweb'
  return found === 's3' || found === 'gs' || found === 'az' ? found : 'http'
}

export const isAddress = (uri: string): boolean => schemeOf(uri) !== null

/** A URL as far as the text is one, where Node's constructor throws; `base`: what it counts from where it is a part of one. */
export const urlIn = (text: string, base?: string): URL | null => (URL.canParse(text, base) ? new URL(text, base) : null)

/**
 * An address without user, password and query: a signed address holds its secret in the query. A path stays as it is, and so does the key
 * of an object, in which `?` and `#` are letters as any other (but a signature behind an `az://` address is none).
 */
export function withoutSecrets(uri: string): string {
  const scheme = schemeOf(uri)
  if (scheme === 's3' || scheme === 'gs') return uri.replace(keysInFront, '$1')
  if (scheme === 'az') return uri.replace(signature, '')
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(uri)) return uri
  // A password with one of `/?#` in it makes an invalid address.
  const readable = URL.canParse(uri) ? uri : uri.replace(/^([a-z][a-z0-9+.-]+:\/\/).*@/is, '$1')
  return readable.replace(/[?#].*$/s, '').replace(/^([a-z][a-z0-9+.-]+:\/\/)[^/]*@/i, '$1')
}

/** `s3://KEY:SECRET@bucket/key`, as some tools write it; a secret may hold slashes. (The name of a bucket holds no colon, but for that of an access point.) */
const keysInFront = /^([a-z0-9]+:\/\/)(?!arn:)[^/@:]*:[^@]*@/i

/** A shared access signature, as Azure's tools put it behind an address. */
export const signature = /\?(?=(?:[^?]*&)?sig=)[^?]*$/s

const server = /^(https?:\/\/)(?:([^/?#]*)@)?([^/?#]+)/i

/** An address, asked for by the user of another one of the same server, unless it names its own. What signs an address is of that one alone. */
export function asUserOf(uri: string, other: string): string {
  const [, scheme = '', own, host = ''] = server.exec(uri) ?? []
  const [, itsScheme = '', user, itsHost = ''] = server.exec(other) ?? []
  const isSame = `${scheme}${host}`.toLowerCase() === `${itsScheme}${itsHost}`.toLowerCase()
  return own === undefined && user !== undefined && isSame ? `${scheme}${user}@${uri.slice(scheme.length)}` : uri
}

/** As other programs write addresses, and what they are here. */
const others: Readonly<Record<string, string>> = {
  s3a: 's3://bucket/key',
  s3n: 's3://bucket/key',
  r2: 's3://bucket/key, with s3: { endpoint: … }',
  gcs: 'gs://bucket/key',
  abfs: 'az://account/container/key',
  abfss: 'az://account/container/key',
  adl: 'az://account/container/key',
  azure: 'az://account/container/key',
  wasb: 'az://account/container/key',
  wasbs: 'az://account/container/key',
  file: 'the path alone',
}

/** As `path.join` and Python's `Path` leave an address: they make one slash of two. */
const oneSlash = /^(https?|s3|gs|az|dicomweb(?:\+https?)?):\/(?!\/)/i

/** What a shell, or another system, would have made a path of. */
const variable = /^(\$\{\w+\}|\$[A-Za-z_]\w*|%\w+%)(?=[/\\]|$)/
const ofWindows = /^([a-z]:[/\\]|\\\\\w)/i

/** What to write in the place of an address that is not read here, or of a path of elsewhere; undefined for another path, and for an address that is read. */
export function instead(uri: string): string | undefined {
  const name = variable.exec(uri)?.[1]
  if (name !== undefined) return `${name} is not replaced here: write what it stands for`
  if (process.platform !== 'win32' && ofWindows.test(uri))
    return 'a path of Windows: write where it is on this system (C:\\ is /mnt/c/ under WSL)'
  if (/^file:(?!\/\/)/i.test(uri)) return `write ${others.file}`
  if (oneSlash.test(uri)) return `write two slashes: ${withoutSecrets(uri.replace(oneSlash, '$1://'))}`
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(uri)?.[1]?.toLowerCase()
  if (scheme === undefined || isAddress(uri)) return undefined
  const own = Object.hasOwn(others, scheme) ? others[scheme] : undefined
  return own === undefined
    ? `addresses begin with https://, s3://, gs://, az:// or dicomweb://, and ${scheme}:// is none of them`
    : `write ${own}`
}

/** What may stand in the query of a signed address, and is another each time it is signed: of S3, Google, CloudFront, and (beside `sig`) Azure. */
const signing = /^(?:x-(?:amz|goog)-.*|awsaccesskeyid|googleaccessid|signature|expires|policy|key-pair-id|sig)$/i
const signingOfAzure = /^(?:s[eiprtvs]|srt|spr|sdd|ses|sk(?:oid|tid|t|e|s|v)|saoid|suoid|scid)$/i

const secretWords = /token|secret|passw|auth|cred|(?:^|[_-]|api)key$/i

/** Whether an address says who asks: a user, a password, keys, or what signs it. Any other query says which file it is. */
export function holdsSecret(uri: string): boolean {
  if (!isAddress(uri)) return false
  if (schemeOf(uri) !== 'http' && schemeOf(uri) !== 'dicomweb') return withoutSecrets(uri) !== uri
  if (!URL.canParse(uri)) return withoutSecrets(uri) !== uri.replace(/[?#].*$/s, '')
  const { username, password, searchParams } = new URL(uri)
  return username !== '' || password !== '' || [...searchParams.keys()].some((name) => signing.test(name) || secretWords.test(name))
}

/** An address with all that says which file it is, and without what says who may read it: for telling files apart, and not to be shown. */
export function unsigned(uri: string): string {
  if (schemeOf(uri) !== 'http' || !URL.canParse(uri)) return withoutSecrets(uri)
  const { searchParams } = new URL(uri)
  const isAzures = searchParams.has('sig')
  const own = [...searchParams].filter(([name]) => !signing.test(name) && !(isAzures && signingOfAzure.test(name)))
  return own.length === 0 ? withoutSecrets(uri) : `${withoutSecrets(uri)}?${new URLSearchParams(own)}`
}

/** The last part of an address or path, for people and ids: `a b.svs` of `https://host/x/a%20b.svs?X-Signature=…`, `a` of the folder `s3://bucket/a/`. */
export function nameIn(uri: string): string {
  const bare = withoutSecrets(uri).replace(/(?<=[^/])\/+$/, '')
  const name = bare.slice(Math.max(bare.lastIndexOf('/'), schemeOf(uri) === null ? bare.lastIndexOf('\\') : -1) + 1)
  return schemeOf(uri) === 'http' ? decoded(name) : name
}

/** Without the `%20` of an address; as it is where a `%` stands for itself. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** How objects on servers are asked for, as a pipeline says it. Plain data; holds no secret. */
export interface RemoteOptions {
  readonly s3?: S3Options | undefined
  readonly gs?: StoreOptions | undefined
  readonly az?: StoreOptions | undefined
  /** `download`: the whole file, once, into a temporary folder. Default `none`: only the ranges that are needed. */
  readonly cache?: 'none' | 'download' | undefined
}

/**
 * What of them an output may say, for whoever comes to the slide later from its results. Those may be a stranger's: a request to S3 is signed for
 * the server that it goes to, but a token of Google or Azure is as good elsewhere, so no server of theirs is named.
 */
export function remoteToKeep({ s3, gs, az }: RemoteOptions): RemoteOptions | undefined {
  const kept = {
    ...(s3 ? { s3: { ...s3, ...(s3.endpoint === undefined ? {} : { endpoint: withoutSecrets(s3.endpoint) }) } } : {}),
    ...(gs?.anonymous ? { gs: { anonymous: true } } : {}),
    ...(az?.anonymous ? { az: { anonymous: true } } : {}),
  }
  return Object.keys(kept).length === 0 ? undefined : kept
}

export interface StoreOptions {
  /** Ask without saying who asks. */
  readonly anonymous?: boolean | undefined
  /** Of a server that is not the usual one: `https://minio.hospital.org`. */
  readonly endpoint?: string | undefined
}

export interface S3Options extends StoreOptions {
  readonly region?: string | undefined
  /** `https://endpoint/bucket/key` instead of `https://bucket.endpoint/key`. */
  readonly path_style?: boolean | undefined
  /** Of the shared configuration files. */
  readonly profile?: string | undefined
}
