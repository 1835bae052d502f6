/** The slow tests: kills, hostile files, interop with the tools of others. Most wait for one child at a time, so two files share two cores. */
export default { files: ['dist/test-slow/**/*.test.js'], timeout: '30m', concurrency: 2, workerThreads: false }
