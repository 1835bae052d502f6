// ava, as `npx ava` is it, but for four things.
// First: ava 7's TAP reporter breaks off with a TypeError where tests run into ava's timeout or end their process: no test is named then, and none is counted.
// Here each of them is a test that failed, as in ava's other reporter.

import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import workerThreads from 'node:worker_threads'
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

// Second: it breaks off, too, over some errors that are thrown outside of tests. Their text is enough.
const { writeCrash } = TapReporter.prototype
TapReporter.prototype.writeCrash = function (event, title) {
  const err = event.err && {
    ...event.err,
    type: 'unknown',
    formattedError: event.err.stack ?? event.err.formattedError ?? event.err.message,
  }
  return writeCrash.call(this, { ...event, err }, title)
}

// Third: after the last test, how long each file took, the longest first.
const began = new Map()
const ended = new Map()
const { consumeStateChange, endRun } = TapReporter.prototype
TapReporter.prototype.consumeStateChange = function (event) {
  if (event.testFile !== undefined) {
    if (!began.has(event.testFile)) began.set(event.testFile, performance.now())
    ended.set(event.testFile, performance.now())
  }
  return consumeStateChange.call(this, event)
}
TapReporter.prototype.endRun = function () {
  const seconds = [...began].map(([file, at]) => [(ended.get(file) - at) / 1000, this.relativeFile(file)]).sort(([a], [b]) => b - a)
  for (const [took, file] of seconds) this.reportStream.write(`# ${took.toFixed(1)} s ${file}\n`)
  return endRun.call(this)
}

// Fourth: no source maps. ava asks for them always, and each thread that a test begins, thousands of lanes, reads those of all that it loads: a twelfth of
// all work. Where a test fails is said in lines of dist; `npx ava` of that file says those of the source.
const withoutMaps = (options) => ({ ...options, execArgv: options?.execArgv?.filter((flag) => flag !== '--enable-source-maps') })
const { Worker } = workerThreads
const { fork } = childProcess
workerThreads.Worker = class extends Worker {
  constructor(script, options) {
    super(script, withoutMaps(options))
  }
}
childProcess.fork = (script, args, options) => fork(script, args, withoutMaps(options))
syncBuiltinESMExports()

await import('../node_modules/ava/entrypoints/cli.mjs')
