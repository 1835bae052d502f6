/** The slow tests: kill, fuzz, memory, and interop with Python tools. Run one at a time: they measure. */
export default { files: ['dist/test-slow/**/*.test.js'], timeout: '30m', concurrency: 1, workerThreads: false }
