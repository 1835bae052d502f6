/** Writes what the rows of a slide come to. Rows come in batches: columns of typed arrays, of which nothing needs a copy. */

import { open } from 'node:fs/promises'
import { Writable } from 'node:stream'

const numbers = ['int32', 'float32', 'float64']

export default async function tally(_options, { path, columns, slide, provenance }) {
  // Opened at once: what cannot be written is told before anything is computed.
  const file = await open(path, 'w')
  const sums = columns.map(() => ({ sum: 0, count: 0 }))
  let rows = 0
  return new Writable({
    objectMode: true,
    write(batch, _encoding, done) {
      rows += batch.length
      for (const [c, { values, valid }] of batch.columns.entries()) {
        if (!numbers.includes(columns[c].type)) continue
        for (let i = 0; i < batch.length; i++) {
          // A bit for each row, least significant first.
          if (valid !== null && ((valid[i >> 3] >> (i & 7)) & 1) === 0) continue
          sums[c].sum += values[i]
          sums[c].count++
        }
      }
      done()
    },
    final(done) {
      const means = columns.flatMap(({ name, type }, c) =>
        numbers.includes(type) ? [[name, sums[c].count === 0 ? null : sums[c].sum / sums[c].count]] : [],
      )
      const text = JSON.stringify(
        { slide: slide.info.id, fingerprint: provenance.fingerprint, rows, means: Object.fromEntries(means) },
        null,
        2,
      )
      file
        .writeFile(`${text}\n`)
        .then(() => file.sync())
        .then(() => file.close())
        .then(() => done(), done)
    },
    // After an error, or when the run is stopped: the unfinished file is removed by the run.
    destroy(error, done) {
      file.close().then(
        () => done(error),
        () => done(error),
      )
    },
  })
}
