"""A cohort as a job of Dagster: shared out, done task by task, gathered.

`tiastream` is on the PATH of the workers; slides, pipeline and results lie where all of them see them, and so does `packs`, the folder of the tasks:
of each cohort its own.

    dagster job execute -f tiastream_cohort.py -j tiastream_cohort -c run.yaml

with a `run.yaml` of what is otherwise than below:

    resources: { tiastream: { config: { pipeline: /data/pipeline.yml, output: /data/out, packs: /data/tasks, tasks: 64 } } }
    execution: { config: { multiprocess: { max_concurrent: 16 } } }

What is done is skipped by tiastream itself, and what was interrupted is taken up: a retry, or another run of the job, goes on.
"""

import subprocess

from dagster import ConfigurableResource, DynamicOut, DynamicOutput, Failure, In, Nothing, OpExecutionContext, Out, RetryPolicy, job, op


class Tiastream(ConfigurableResource):
    pipeline: str = "/data/pipeline.yml"
    output: str = "/data/out"
    packs: str = "/data/tasks"
    tasks: int = 4
    lanes: int = 8

    def call(self, *words: object) -> int:
        process = subprocess.Popen(["tiastream", *map(str, words)])
        try:
            return process.wait()
        except BaseException:
            # A job that is terminated: the run stops within five seconds, and what it has done stays.
            process.terminate()
            process.wait()
            raise


def must(code: int, *good: int) -> None:
    if code not in good:
        # A wrong pipeline (2) or device (3) is no better at another try.
        raise Failure(f"tiastream ended with {code}", allow_retries=code not in (2, 3))


@op(out=DynamicOut(int))
def share(tiastream: Tiastream):
    must(tiastream.call("tasks", tiastream.pipeline, "--into", tiastream.tasks, "--results", tiastream.output, "-o", tiastream.packs, "--force"), 0)
    for index in range(tiastream.tasks):
        yield DynamicOutput(index, mapping_key=str(index))


@op(out=Out(Nothing), retry_policy=RetryPolicy(max_retries=3, delay=60))
def run(context: OpExecutionContext, tiastream: Tiastream, index: int):
    given, packs, output, lanes = tiastream.pipeline, tiastream.packs, tiastream.output, tiastream.lanes
    code = tiastream.call("run", given, "--tasks", packs, "--tasks-index", index, "-o", output, "--lanes", lanes, "--log", "json")
    # 1 says that slides failed, by name, and all the others are done: that is a result, which the table of the cohort holds.
    must(code, 0, 1)
    if code == 1:
        context.log.warning(f"task {index}: some slides failed; {tiastream.output}/cohort.parquet says which")


@op(ins={"done": In(Nothing)})
def gather(tiastream: Tiastream):
    must(tiastream.call("gather", tiastream.output), 0)


@job(resource_defs={"tiastream": Tiastream()})
def tiastream_cohort():
    gather(share().map(run).collect())
