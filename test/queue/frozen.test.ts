import test from 'ava'
import type { PipelineError } from '../../src/core/errors.js'
import { mustHoldNoSecret } from '../../src/queue/frozen.js'
import { jobOf } from '../../src/queue/submit.js'

test('a run that is written down holds no address that says who asks: of its text by the line, of its vars by their name', (t) => {
  const refused = (text: string, vars: Readonly<Record<string, string>> = {}) =>
    t.throws<PipelineError>(
      () => mustHoldNoSecret(text, '/p.yml', vars),
      { code: 'OPTION_INVALID', message: /who asks for \S+\/a\.svs,/ },
      text,
    )
  const addresses = [
    'https://me:hush@host/a.svs',
    'https://hush@host/a.svs',
    'https://host/a.svs?id=7&X-Amz-Signature=hush',
    'https://host/a.svs?access_token=hush',
    'https://host/a.svs?key=hush',
    'https://me:hu/sh@host/a.svs',
    'https://me:hu,sh@host/a.svs',
    'az://account/container/a.svs?sv=1&sig=hush',
    's3://KEY:hush@bucket/a.svs',
    'dicomweb+http://me:hush@pacs/a.svs',
  ]
  for (const address of addresses) {
    for (const line of [`slides: { glob: "${address}" }`, `slides: { glob: [b.svs, ${address}] }`, `# ${address}`]) {
      const error = refused(`output: out\n${line}\n`)
      t.notRegex(`${error.message}${error.hint}`, /hu/)
      t.is(error.at?.line, 2)
    }
    t.regex(refused('', { where: address }).message, /^--var where /)
  }
})

test('what only says which slides is written down', (t) => {
  for (const address of [
    'https://host/get?id=7',
    'dicomweb://pacs/dicom-web?StudyDate=20260101-&PatientID=P7',
    's3://bucket/a@b:c?x.svs',
    'az://account/container/**/*.svs',
  ])
    t.notThrows(() => mustHoldNoSecret(`slides: { glob: "${address}" }`, '/p.yml', { where: address }))
  t.notThrows(() => mustHoldNoSecret('vars: { where: { env: SLIDES } }\nabout: mail me@host.org or postgres://lab:pw@db/lab', '/p.yml', {}))
})

test('a job holds the slide as the list has it, unless that holds a secret, or what no database holds', (t) => {
  const plain = { kind: 'slide', id: 'a', uri: 's3://lab/a.svs', carried: { site: 'x', seen: 'https://viewer.lab/?case=7' } } as const
  t.is(jobOf('run7', { ref: plain, id: 'a', bytes: 5 }, '').ref, plain)
  for (const other of [
    { uri: 'https://host/a.svs?X-Amz-Signature=5' },
    { mask: 'https://me:secret@host/a.png' },
    { carried: { thumbnail: 'shown at https://host/a.jpg?sig=7&se=2' } },
    { remote: { s3: { endpoint: 'https://me:secret@minio.lab' } } },
    { carried: { note: 'a\0b' } },
  ])
    t.is(jobOf('run7', { ref: { ...plain, ...other }, id: 'a', bytes: 5 }, '').ref, undefined, JSON.stringify(other))
})
