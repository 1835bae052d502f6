// ava, as `npx ava` is it, but for one thing.
// ava 7's TAP reporter breaks off with a TypeError where tests run into ava's timeout or end their process: no test is named then, and none is counted.
// Here each of them is a test that failed, as in ava's other reporter.
import TapReporter from '../node_modules/ava/lib/reporters/tap.js'

const failed = (reporter, event, formattedError) => {
  for (const [testFile, titles] of event.pendingTests)
    for (const title of titles)
      reporter.writeTest({ testFile, title, err: { type: 'unknown', formattedError } }, { passed: false, todo: false, skip: false })
}

TapReporter.prototype.writeTimeout = function (event) {
  failed(this, event, `no test ended for ${event.period / 1000} s, and this one was at work`)
}
TapReporter.prototype.writeProcessExit = function (event) {
  failed(this, event, 'process.exit() was called in this file of tests')
}

await import('../node_modules/ava/entrypoints/cli.mjs')
