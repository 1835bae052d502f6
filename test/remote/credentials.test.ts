/** Who asks an S3 server: each link of the chain, against services that answer as Amazon's do. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { SlideError } from '../../src/core/errors.js'
import { amazonHost } from '../../src/remote/credentials/amazon.js'
import { credentials, endpointSaid, forgetCredentials, regionOf } from '../../src/remote/credentials/chain.js'
import type { Surroundings } from '../../src/remote/credentials/said.js'
import { Renewed } from '../../src/remote/renewed.js'
import { type OddServer, oddServer } from '../support/odd-server.js'
import { tempFolder } from '../support/temp.js'

const inAnHour = new Date(Date.now() + 3_600_000).toISOString()
const keys = (id: string) => ({ AccessKeyId: id, SecretAccessKey: `secret of ${id}`, Token: `token of ${id}`, Expiration: inAnHour })
const found = (id: string) => ({
  accessKeyId: id,
  secretAccessKey: `secret of ${id}`,
  sessionToken: `token of ${id}`,
  expires: Date.parse(inAnHour),
})

/** The machine of the tests has nothing of its own. */
const bare: Surroundings = { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' }

async function files(t: ExecutionContext, config: string, shared: string): Promise<Surroundings> {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'config'), config)
  await writeFile(path.join(folder, 'credentials'), shared)
  return { ...bare, AWS_CONFIG_FILE: path.join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'credentials') }
}

/** Answers by the path and the query. */
async function service(t: ExecutionContext, answers: (url: URL, server: OddServer) => string | undefined): Promise<OddServer> {
  const server = await oddServer(new Uint8Array(0), (_, request, response) => {
    const text = answers(new URL(request.url!, 'http://x'), server)
    response.writeHead(text === undefined ? 404 : 200).end(text)
    return true
  })
  t.teardown(() => server.close())
  return server
}

test('nobody: requests are not signed', async (t) => {
  t.is(await credentials({}, { ...bare }), null)
})

test('who cannot be found out is nobody for none of those who ask at once', async (t) => {
  const env = { ...bare, AWS_PROFILE: 'nowhere' }
  const both = await Promise.allSettled([credentials({}, env), credentials({}, env)])
  t.deepEqual(
    both.map((one) => one.status === 'rejected' && (one.reason as SlideError).code),
    ['SLIDE_FORBIDDEN', 'SLIDE_FORBIDDEN'],
  )
})

test('keys that run out are found anew, once for all; nobody, which a machine that has just begun may be, is so for a while only', async (t) => {
  const answers = [null, { expires: Date.now() + 3_600_000 }, { expires: Date.now() }, {}]
  const next = async () => answers.shift()!
  const renewed = new Renewed<{ readonly expires?: number }>(0)
  t.is(await renewed.get('a', next), null)
  const [one, other] = await Promise.all([renewed.get('a', next), renewed.get('a', next)])
  t.is(one, other)
  t.is(await renewed.get('a', next), one)
  renewed.forget('a')
  t.true((await renewed.get('a', next))!.expires! <= Date.now())
  t.deepEqual(await renewed.get('a', next), {})
  t.deepEqual(await renewed.get('a', next), {})
  await t.throwsAsync(renewed.get('b', () => Promise.reject(new Error('late'))))
  t.is(await renewed.get('b', async () => null), null)
})

test('how long nobody is nobody is a thing of each name, and begins anew after somebody', async (t) => {
  let now = 0
  const renewed = new Renewed<{ readonly expires?: number }>(10, () => now)
  /** After how many milliseconds it is looked for again. */
  const waits = async (name: string, answer: { readonly expires?: number } | null = null) => {
    let looked = 0
    const begun = now
    const look = async () => {
      looked++
      return answer
    }
    for (await renewed.get(name, look); looked < 2; now++) await renewed.get(name, look)
    return now - 1 - begun
  }
  t.is(await waits('a'), 10)
  now += 20
  t.is(await waits('a'), 40)
  now += 80
  t.is(await waits('b'), 10)
  now += 20
  t.is(await waits('b', { expires: now + 60_005 }), 5)
  renewed.forget('b')
  t.is(await waits('b'), 10)
})

test('the environment comes first, but for a profile that the pipeline names', async (t) => {
  const env = {
    ...(await files(
      t,
      '',
      '[default]\naws_access_key_id = F\naws_secret_access_key = f\n[other]\naws_access_key_id=O\naws_secret_access_key=o # mine\n',
    )),
  }
  t.like(await credentials({}, env), { accessKeyId: 'F', secretAccessKey: 'f' })
  const both = { ...env, AWS_ACCESS_KEY_ID: 'E', AWS_SECRET_ACCESS_KEY: 'e', AWS_SESSION_TOKEN: 's' }
  t.deepEqual(await credentials({}, both), { accessKeyId: 'E', secretAccessKey: 'e', sessionToken: 's' })
  t.like(await credentials({ profile: 'other' }, both), { accessKeyId: 'O', secretAccessKey: 'o' })
  t.like(await credentials({}, { ...env, AWS_PROFILE: 'other' }), { accessKeyId: 'O' })
})

test('profiles of both files, with comments, nested keys and Windows line ends', async (t) => {
  const config =
    '# mine\r\n[profile a]\r\nregion = eu-west-1\r\ns3 =\r\n  addressing_style = path\r\naws_access_key_id = config\r\n[default]\r\nregion=us-west-2\r\n'
  const env = await files(t, config, '[a]\naws_access_key_id = A\naws_secret_access_key = a/+=\naws_session_token = t\n')
  t.like(await credentials({ profile: 'a' }, env), { accessKeyId: 'A', secretAccessKey: 'a/+=', sessionToken: 't' })
  t.is(await regionOf({ profile: 'a' }, env), 'eu-west-1')
  t.is(await regionOf({}, env), 'us-west-2')
  t.is(await regionOf({}, { ...env, AWS_REGION: 'ap-south-1' }), 'ap-south-1')
  t.is(await regionOf({ region: 'x' }, { ...env, AWS_REGION: 'ap-south-1' }), 'x')
  t.is(await regionOf({}, bare), 'us-east-1')
})

test('line breaks around what the environment says are no part of it; one within it is told without it', async (t) => {
  const env = { ...bare, AWS_ACCESS_KEY_ID: 'A\n', AWS_SECRET_ACCESS_KEY: 's\r\n', AWS_SESSION_TOKEN: ' t\n', AWS_REGION: 'eu-west-1\n' }
  t.deepEqual(await credentials({}, env), { accessKeyId: 'A', secretAccessKey: 's', sessionToken: 't' })
  t.is(await regionOf({}, env), 'eu-west-1')
  for (const token of ['secret\nthing', 'secret €']) {
    const error = await t.throwsAsync(credentials({}, { ...env, AWS_SESSION_TOKEN: token }), {
      code: 'SLIDE_FORBIDDEN',
      message: /AWS_SESSION_TOKEN/,
    })
    t.notRegex(error!.message, /secret/)
  }
})

test('hosts of Amazon in each of its parts, as botocore names them', (t) => {
  const [fips, dual] = [{ AWS_USE_FIPS_ENDPOINT: 'true' }, { AWS_USE_DUALSTACK_ENDPOINT: 'true' }]
  const hosts: readonly (readonly ['s3' | 'sts', string, Surroundings, string])[] = [
    ['s3', 'eu-west-1', {}, 's3.eu-west-1.amazonaws.com'],
    ['sts', 'eu-west-1', dual, 'sts.eu-west-1.api.aws'],
    ['s3', 'cn-north-1', {}, 's3.cn-north-1.amazonaws.com.cn'],
    ['sts', 'cn-north-1', {}, 'sts.cn-north-1.amazonaws.com.cn'],
    ['s3', 'cn-north-1', dual, 's3.dualstack.cn-north-1.amazonaws.com.cn'],
    ['s3', 'eusc-de-east-1', {}, 's3.eusc-de-east-1.amazonaws.eu'],
    ['s3', 'eusc-de-east-1', dual, 's3.eusc-de-east-1.api.amazonwebservices.eu'],
    ['s3', 'us-gov-west-1', fips, 's3-fips.us-gov-west-1.amazonaws.com'],
    ['sts', 'us-gov-west-1', fips, 'sts.us-gov-west-1.amazonaws.com'],
    ['s3', 'us-gov-west-1', { ...fips, ...dual }, 's3-fips.dualstack.us-gov-west-1.amazonaws.com'],
    ['sts', 'us-gov-west-1', { ...fips, ...dual }, 'sts-fips.us-gov-west-1.api.aws'],
  ]
  for (const [service, region, env, host] of hosts) t.is(amazonHost(service, region, env), host)
})

test('another server is named by the environment, the services of a profile, or the profile, in this order, as botocore has it', async (t) => {
  const config = [
    '[default]\nendpoint_url = http://default',
    '[profile p]\nendpoint_url = http://p\nservices = mine',
    '[services mine]\nec2 =\n  endpoint_url = http://ec2\ns3 =\n  endpoint_url = http://s3 # ours',
    '[profile q]\ns3 =\n  endpoint_url = http://not',
  ].join('\n')
  const env = await files(t, config, '')
  t.is(await endpointSaid({}, env), 'http://default')
  t.is(await endpointSaid({ profile: 'p' }, env), 'http://s3')
  t.is(await endpointSaid({ profile: 'q' }, env), undefined)
  t.is(await endpointSaid({ profile: 'p' }, { ...env, AWS_ENDPOINT_URL: 'http://all' }), 'http://all')
  t.is(await endpointSaid({}, { ...env, AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_S3: 'http://own' }), 'http://own')
  t.is(await endpointSaid({}, { ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }), undefined)
  t.is(await endpointSaid({}, bare), undefined)
})

test('a file that is written anew is read again; what was refused is forgotten', async (t) => {
  const env = await files(t, '', '[default]\naws_access_key_id = one\naws_secret_access_key = x\n')
  t.like(await credentials({}, env), { accessKeyId: 'one' })
  await writeFile(env.AWS_SHARED_CREDENTIALS_FILE!, '[default]\naws_access_key_id = two\naws_secret_access_key = x\n')
  t.like(await credentials({}, env), { accessKeyId: 'one' })
  forgetCredentials({}, env)
  t.like(await credentials({}, env), { accessKeyId: 'two' })
  t.true((await credentials({}, env))!.expires! - Date.now() <= 300_000)
})

test('a profile that is not there, names itself in a circle, or signs in elsewhere says so', async (t) => {
  const env = await files(
    t,
    '[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\nrole_arn=r\nsource_profile=a\n[profile sso]\nsso_session=x\n',
    '',
  )
  const told = async (profile: string, message: RegExp) => {
    const error = await t.throwsAsync<SlideError>(credentials({ profile }, env), { instanceOf: SlideError, message })
    t.is(error.code, 'SLIDE_FORBIDDEN')
  }
  await told('none', /there is no profile 'none'/)
  await told('a', /in a circle/)
  await told('sso', /aws configure export-credentials --profile sso/)
})

const assumed = (id: string) => {
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = keys(id)
  return `<R><AccessKeyId>${AccessKeyId}</AccessKeyId><SecretAccessKey>${SecretAccessKey}</SecretAccessKey><SessionToken>${Token}</SessionToken><Expiration>${Expiration}</Expiration></R>`
}

test('a web identity, of the environment and of a profile', async (t) => {
  const sts = await service(t, ({ searchParams }) =>
    searchParams.get('Action') === 'AssumeRoleWithWebIdentity' && searchParams.get('WebIdentityToken') === 'jwt'
      ? assumed(searchParams.get('RoleArn')!)
      : undefined,
  )
  const folder = await tempFolder(t)
  const token = path.join(folder, 'token')
  await writeFile(token, 'jwt\n')
  t.deepEqual(
    await credentials({}, { ...bare, AWS_ENDPOINT_URL_STS: sts.url, AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ROLE_ARN: 'R' }),
    found('R'),
  )
  const env = { ...(await files(t, `[profile w]\nrole_arn=W\nweb_identity_token_file=${token}\n`, '')), AWS_ENDPOINT_URL_STS: sts.url }
  t.deepEqual(await credentials({ profile: 'w' }, env), found('W'))
  t.is(sts.seen[0]!.headers.authorization, undefined)
  await writeFile(token, 'other')
  forgetCredentials({ profile: 'w' }, env)
  const error = await t.throwsAsync<SlideError>(credentials({ profile: 'w' }, env), {
    message: /the token service \(STS\) says 404/,
  })
  t.notRegex(JSON.stringify([error.message, String(error.cause)]), /other/)
})

test('a role that a profile takes with the keys of another', async (t) => {
  const sts = await service(t, ({ searchParams }) =>
    searchParams.get('Action') === 'AssumeRole' ? assumed(searchParams.get('ExternalId')!) : undefined,
  )
  const config =
    '[profile r]\nrole_arn=arn\nsource_profile=base\nexternal_id=X\nregion=eu-west-1\n[profile e]\nrole_arn=arn\ncredential_source=Environment\nexternal_id=Y\n'
  const env = {
    ...(await files(t, config, '[base]\naws_access_key_id = B\naws_secret_access_key = b\n')),
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ACCESS_KEY_ID: 'E',
    AWS_SECRET_ACCESS_KEY: 'e',
  }
  t.deepEqual(await credentials({ profile: 'r' }, env), found('X'))
  t.regex(String(sts.seen[0]!.headers.authorization), /^AWS4-HMAC-SHA256 Credential=B\/\d{8}\/eu-west-1\/sts\/aws4_request, /)
  t.deepEqual(await credentials({ profile: 'e' }, env), found('Y'))
  t.regex(String(sts.seen[1]!.headers.authorization), /Credential=E\//)
})

test('the endpoint of a container, with its token; to other hosts none is sent', async (t) => {
  const agent = await service(t, ({ pathname }, server) =>
    pathname === '/keys' && server.seen.at(-1)!.headers.authorization === 'pass' ? JSON.stringify(keys('C')) : undefined,
  )
  const env = { ...bare, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${agent.url}/keys`, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'pass' }
  t.deepEqual(await credentials({}, env), found('C'))
  const file = path.join(await tempFolder(t), 'token')
  await writeFile(file, 'pass\n')
  t.deepEqual(
    await credentials({}, { ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'old', AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file }),
    found('C'),
  )
  t.is(await credentials({}, { ...env, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://198.51.100.1/keys' }), null)
})

test('the metadata of a machine, by its second version; none, slow or odd ones are no one', async (t) => {
  const machine = await service(t, ({ pathname }, server) => {
    const { method, headers } = server.seen.at(-1)!
    if (method === 'PUT') return pathname === '/latest/api/token' && headers['x-aws-ec2-metadata-token-ttl-seconds'] ? 'pass' : undefined
    if (headers['x-aws-ec2-metadata-token'] !== 'pass') return undefined
    return {
      '/latest/meta-data/iam/security-credentials/': 'my role\n',
      '/latest/meta-data/iam/security-credentials/my%20role': JSON.stringify(keys('M')),
    }[pathname]
  })
  const env = { ...bare, AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: machine.url }
  t.deepEqual(await credentials({}, env), found('M'))
  t.deepEqual(
    machine.seen.map(({ method, url }) => `${method} ${url}`),
    [
      'PUT /latest/api/token',
      'GET /latest/meta-data/iam/security-credentials/',
      'GET /latest/meta-data/iam/security-credentials/my%20role',
    ],
  )
  await Promise.all([credentials({}, env), credentials({}, env)])
  t.is(machine.seen.length, 3, 'once for all')
  const none = await service(t, () => undefined)
  t.is(await credentials({}, { ...env, AWS_EC2_METADATA_SERVICE_ENDPOINT: none.url }), null)
  const slow = await oddServer(new Uint8Array(0), () => true)
  t.teardown(() => slow.close())
  t.is(await credentials({}, { ...env, AWS_EC2_METADATA_SERVICE_ENDPOINT: slow.url }), null)
  const odd = await service(t, () => 'no JSON')
  t.is(await credentials({}, { ...env, AWS_EC2_METADATA_SERVICE_ENDPOINT: odd.url }), null)
})
