/** True in `npm run test:long`: what is sampled in `npm run test:slow` is done whole, and for longer. */
export const long = process.env.TIASTREAM_TEST_LONG === '1'
