import test from 'ava'
import { bytesOfUuid, patchUuid, uuidV5 } from '../../../src/sinks/qupath/uuid.js'

test('the example of RFC 9562, appendix A.4', (t) => {
  t.is(uuidV5('www.example.com', bytesOfUuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8')), '2ed6657d-e927-568b-95e1-2665a8aea6a2')
})

test('a patch is called the same in every run, and like no other', (t) => {
  const head = 'ab'.repeat(32)
  t.is(patchUuid(head, 1000, 7), patchUuid(head, 1000, 7))
  const ids = [patchUuid(head, 1000, 7), patchUuid(head, 1000, 8), patchUuid(head, 1001, 7), patchUuid('cd'.repeat(32), 1000, 7)]
  t.is(new Set(ids).size, 4)
  for (const id of ids) t.regex(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
