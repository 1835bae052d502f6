// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a shell would have replaced it
/** What an address shows. Whoever reads a log, a receipt or an error sees that. */

import test from 'ava'
import { instead, unsigned, withoutSecrets } from '../../src/core/address.js'

test('no user, password, query or key is shown, also of an address that is none', (t) => {
  const shown: Readonly<Record<string, string>> = {
    'https://me:hush@host/a.svs?sig=hush': 'https://host/a.svs',
    'https://me:hush@host:99999/a.svs': 'https://host:99999/a.svs',
    'https://me:hu/hush@host/a.svs': 'https://host/a.svs',
    'https://me:hu#hush@host/a.svs#x': 'https://host/a.svs',
    'dicomweb+http://me:hu?hush@host/studies/1': 'dicomweb+http://host/studies/1',
    's3://KEY:hush@bucket/a.svs': 's3://bucket/a.svs',
    's3://KEY:hu/hush@bucket/a@b.svs': 's3://bucket/a@b.svs',
    'az://account/container/a.svs?sv=1&sig=hush': 'az://account/container/a.svs',
  }
  for (const [address, expected] of Object.entries(shown)) t.is(withoutSecrets(address), expected)
  // A cell of a list may be as long, and a search that takes its square would not end.
  const long = `s3://r${':R'.repeat(250_000)}`
  t.is(withoutSecrets(long), long)
})

test('what only looks like a secret stays', (t) => {
  for (const plain of [
    'https://host:8080/a@b.svs',
    's3://bucket/a:b@c.svs?x#y',
    's3://arn:aws:s3:eu-west-1:1234:accesspoint/mine/a@b.svs',
    'C:\\me:you@there\\a.svs',
  ])
    t.is(withoutSecrets(plain), plain)
})

test('which file an address names is told apart from what signs it', (t) => {
  t.is(unsigned('https://h/get?id=7&X-Amz-Date=1&X-Amz-Signature=2'), 'https://h/get?id=7')
  t.is(unsigned('https://h/a?sv=1&sp=r&sig=2'), 'https://h/a')
  t.is(unsigned('https://h/a?sp=r&st=x'), 'https://h/a?sp=r&st=x', 'Azure signs by sig')
  t.is(unsigned('az://a/c/k?sv=1&sig=2'), 'az://a/c/k')
})

test('an address as other programs write it is told how it is written here; paths and our own are not', (t) => {
  t.is(instead('s3a://bucket/a.svs'), 'write s3://bucket/key')
  t.is(instead('abfss://box@account.dfs.core.windows.net/a.svs'), 'write az://account/container/key')
  t.is(instead('file:///data/a.svs'), 'write the path alone')
  t.regex(instead('ftp://host/a.svs')!, /ftp:\/\/ is none of them/)
  t.regex(instead('constructor://host/a.svs')!, /is none of them/)
  t.is(instead('s3:/bucket/a.svs'), 'write two slashes: s3://bucket/a.svs')
  t.is(instead('https:/me:hush@host/a.svs?sig=hush'), 'write two slashes: https://host/a.svs')
  for (const own of [
    'https://h/a',
    's3://b/a',
    'DICOMWEB+HTTP://h/a',
    '/data/a.svs',
    'memory:a',
    'a//b',
    'data$/a.svs',
    '100%/a.svs',
    'c:a.svs',
  ])
    t.is(instead(own), undefined)
  // A shell, or another system, would have made a path of them.
  for (const unread of ['$HOME/out', '${HOME}/out', '$HOME', '%TEMP%\\out']) t.regex(instead(unread)!, /is not replaced here/)
  for (const path of ['C:\\a.svs', 'd:/a.svs', '\\\\server\\share\\a.svs'])
    t.is(
      instead(path),
      process.platform === 'win32' ? undefined : 'a path of Windows: write where it is on this system (C:\\ is /mnt/c/ under WSL)',
    )
})
