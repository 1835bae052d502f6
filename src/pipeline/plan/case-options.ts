/** What a case of `x.test.yml` may say. */

import { list, range, record, scalar, shape, text } from '../../core/options.js'

const expectOptions = {
  rows: range().optional().describe('How many rows all slides have together: a number, or { min, max }.'),
  failed: range().prefault(0).describe('How many slides fail.'),
  files: list(text()).optional().describe('The files there are, below the output folder.'),
  columns: list(text()).optional().describe('The columns of the rows, in order.'),
  values: record(
    shape({
      min: range().optional().describe('The smallest number.'),
      max: range().optional().describe('The largest number.'),
      mean: range().optional().describe('The mean of the numbers.'),
      nulls: range().optional().describe('How many are empty.'),
      among: list(scalar()).optional().describe('Every value is one of these.'),
      counts: record(range()).optional().describe('How often a value is there.'),
    }),
  )
    .optional()
    .describe('By column: what its values must be.'),
  error: text().optional().describe('The code of the error that ends the run or fails a slide, for example `SHAPE_MISMATCH`.'),
  problems: list(text()).optional().describe('What check must say, a piece of each line, in order; then nothing runs.'),
}

export const caseOptions = {
  name: text().describe('What the case shows.'),
  vars: record(scalar()).optional().describe('Values for the vars of the pipeline.'),
  needs: list(text()).optional().describe('Files that must be there, relative to this one; else the case is skipped, and says so.'),
  expect: shape(expectOptions).describe('What the run must give.'),
}
