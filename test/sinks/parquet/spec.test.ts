import zlib from 'node:zlib'
import test from 'ava'
import { objectOf } from '../../../src/core/options.js'
import type { Column } from '../../../src/core/row.js'
import type { PlanContext } from '../../../src/core/stage.js'
import spec from '../../../src/sinks/parquet/spec.js'

const plan: PlanContext = {
  kind: 'slide',
  provided: () => [],
  card: () => {
    throw new Error('no model in this plan')
  },
}
const vector: Column = { name: 'features', type: 'vector', size: 512, about: '' }

const problems = (written: object, columns: readonly Column[] = []) =>
  spec.problems!(objectOf(spec.options).parse(written) as never, { ...plan, columns })

test('zstd is offered where Node has it, and refused by name where not', (t) => {
  const found = problems({ compression: 'zstd' })
  if ('zstdCompressSync' in zlib) t.deepEqual(found, [])
  else t.regex(found[0]!, /zstd needs Node 22\.15 or newer, this is v20/)
  t.regex(problems({ compression: 'zstd', engine: 'parquetjs' })[0]!, /parquetjs cannot compress with zstd/)
})

test('what parquetjs cannot write is said before the run', (t) => {
  t.regex(problems({ engine: 'parquetjs' }, [vector])[0]!, /cannot write the vector 'features' as a list/)
  t.deepEqual(problems({ engine: 'parquetjs', embeddings: 'binary' }, [vector]), [])
  t.regex(problems({ engine: 'parquetjs' }, [{ name: '__proto__', type: 'string', about: '' }])[0]!, /cannot write a column '__proto__'/)
  t.deepEqual(problems({}, [vector]), [])
  t.deepEqual(problems({}, [{ ...vector, size: 2 ** 20 }]), [])
  t.regex(
    problems({}, [{ ...vector, size: 2 ** 20 + 1 }])[0]!,
    /'features' is a vector of 1,048,577 numbers, and a table holds .* at most 1,048,576: pool/,
  )
})
