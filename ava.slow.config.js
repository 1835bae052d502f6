/** The slow tests: kills, hostile files, interop with the tools of others. Most wait for a child, a disk or a kill, so three files share two cores. */
export default { files: ['dist/test-slow/**/*.test.js'], timeout: '30m', concurrency: 3, workerThreads: false }
