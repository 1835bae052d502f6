/** What takes an hour: a minute of fuzzing a target, kills at every step, every failure on both servers of a queue, the demo slide drawn anew. */
export default {
  files: [
    'dist/test-slow/{crash/{kill,crowd,disk,lane},dataset/gather-kill,remote/{kill,s3},queue/{postgres,buckets},fuzz/fuzz,compat/{classes,random-settings},models/{pytorch,architectures,quantize},cluster/{templates,slurm},memory/device,pipeline/ownership,sinks/pictures,fixtures}.test.js',
  ],
  timeout: '120m',
  concurrency: 1,
  workerThreads: false,
  environmentVariables: { TIASTREAM_TEST_LONG: '1' },
}
