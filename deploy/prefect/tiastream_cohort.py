"""A cohort as a flow of Prefect 3: shared out, done task by task, gathered.

`tiastream` is on the PATH of the worker; slides, pipeline and results lie where all workers see them, and so does `packs`, the folder of the tasks: of each
cohort its own. Serve it, or deploy it into a work pool of processes:

    python tiastream_cohort.py                                                         # serves it
    prefect deployment run tiastream-cohort/here -p pipeline=/data/pipeline.yml -p output=/data/out -p tasks=64

What is done is skipped by tiastream itself, and what was interrupted is taken up: a retry, or another run of the flow, goes on.
"""

import asyncio

from prefect import flow, get_run_logger, task


async def tiastream(*words: object) -> int:
    process = await asyncio.create_subprocess_exec("tiastream", *map(str, words))
    try:
        return await process.wait()
    except BaseException:
        # A flow that is cancelled: the run stops within five seconds, and what it has done stays.
        if process.returncode is None:
            process.terminate()
            await process.wait()
        raise


class Wrong(Exception):
    """The pipeline or the device: no better at another try."""


def must(code: int, *good: int) -> None:
    if code not in good:
        raise (Wrong if code in (2, 3) else RuntimeError)(f"tiastream ended with {code}")


@task
async def share(pipeline: str, output: str, packs: str, tasks: int) -> None:
    must(await tiastream("tasks", pipeline, "--into", tasks, "--results", output, "-o", packs, "--force"), 0)


@task(retries=3, retry_delay_seconds=60, retry_condition_fn=lambda _task, _run, state: not isinstance(state.data, Wrong))
async def run(pipeline: str, output: str, packs: str, index: int, lanes: int) -> None:
    code = await tiastream("run", pipeline, "--tasks", packs, "--tasks-index", index, "-o", output, "--lanes", lanes, "--log", "json")
    # 1 says that slides failed, by name, and all the others are done: that is a result, which the table of the cohort holds.
    must(code, 0, 1)
    if code == 1:
        get_run_logger().warning("task %d: some slides failed; %s/cohort.parquet says which", index, output)


@task
async def gather(output: str) -> None:
    must(await tiastream("gather", output), 0)


@flow(name="tiastream-cohort")
async def cohort(
    pipeline: str = "/data/pipeline.yml",
    output: str = "/data/out",
    packs: str = "/data/tasks",
    tasks: int = 4,
    lanes: int = 8,
    at_once: int = 1,
) -> None:
    await share(pipeline, output, packs, tasks)
    room = asyncio.Semaphore(at_once)

    async def one(index: int) -> None:
        async with room:
            await run(pipeline, output, packs, index, lanes)

    ended = await asyncio.gather(*(one(index) for index in range(tasks)), return_exceptions=True)
    # Whatever became of them.
    await gather(output)
    for error in ended:
        if isinstance(error, BaseException):
            raise error


if __name__ == "__main__":
    cohort.serve(name="here")
