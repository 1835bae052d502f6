import test from 'ava'
import { fileOf } from '../../src/sinks/file-of.js'

test('an id is put into a name letter for letter', (t) => {
  // Words of String.replace: "$$" would be "$", so that two slides had one file, and "$&" the name of the place itself.
  const ids = ['a$b', 'a$$b', 'a$&b', "a$'b", 'a$`b', 'a$1b', 'a{slide}b']
  for (const ending of ['.csv', '.parquet'])
    t.deepEqual(
      ids.map((id) => fileOf(`rows/{slide}${ending}`, id)),
      ids.map((id) => `rows/${id}${ending}`),
    )
})

test('no table of a slide has a name that those hide who open a folder as one, and no two slides have one', (t) => {
  const ids = ['_7', '-_7', '--_7', '-7', '7', '_', '-_', 'a_b', '__']
  const files = ids.map((id) => fileOf('rows/{slide}.parquet', id))
  t.deepEqual(files.slice(0, 5), ['rows/-_7.parquet', 'rows/--_7.parquet', 'rows/---_7.parquet', 'rows/-7.parquet', 'rows/7.parquet'])
  t.is(new Set(files).size, ids.length)
  t.deepEqual(
    files.filter((file) => /^rows\/[_.]/.test(file)),
    [],
  )
  t.is(fileOf('{slide}/{slide}.arrow', '_7'), '-_7/-_7.arrow')
  // What has another front already, and what programs look for by the name of the slide, is as it is written.
  t.is(fileOf('rows/of-{slide}.parquet', '_7'), 'rows/of-_7.parquet')
  t.is(fileOf('h5_files/{slide}.h5', '_7'), 'h5_files/_7.h5')
})
