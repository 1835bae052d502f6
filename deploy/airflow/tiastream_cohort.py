"""A cohort as a DAG of Airflow 3: shared out, done task by task (mapped), gathered.

Put this file among the DAGs, and `tiastream` on the PATH of the workers; slides, pipeline and results lie where all workers see them.

    airflow dags trigger tiastream_cohort --conf '{"pipeline": "/data/pipeline.yml", "output": "/data/out", "tasks": 64}'

What is done is skipped by tiastream itself, and what was interrupted is taken up: clearing a task, or the whole run, goes on.
"""

from datetime import timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Param, task

with DAG(
    dag_id="tiastream_cohort",
    schedule=None,
    catchup=False,
    # A worker that is lost, a server of Airflow that does not answer: each may be done again, which costs little where nothing is left to do.
    default_args={"retries": 3, "retry_delay": timedelta(minutes=1)},
    params={
        "pipeline": Param("/data/pipeline.yml", type="string"),
        "output": Param("/data/out", type="string"),
        "packs": Param("/data/tasks", type="string", description="folder of the tasks: of each cohort its own"),
        "tasks": Param(4, type="integer", minimum=1),
        "lanes": Param(8, type="integer", minimum=1),
    },
    doc_md=__doc__,
) as dag:
    # Values reach the shell as variables, never as part of a command.
    given = {name.upper(): "{{ params.%s }}" % name for name in ("pipeline", "output", "packs", "tasks", "lanes")}

    share = BashOperator(
        task_id="share",
        bash_command='tiastream tasks "$PIPELINE" --into "$TASKS" --results "$OUTPUT" -o "$PACKS" --force',
        env=given,
        append_env=True,
    )

    @task
    def numbers(params: dict) -> list[dict[str, str]]:
        return [{**{name.upper(): str(value) for name, value in params.items()}, "TASK": str(i)} for i in range(params["tasks"])]

    # 1 says that slides failed, by name, and all the others are done: that is a result, which the table of the cohort holds.
    run = BashOperator.partial(
        task_id="run",
        bash_command='tiastream run "$PIPELINE" --tasks "$PACKS" --tasks-index "$TASK" -o "$OUTPUT" --lanes "$LANES" --log json || [ $? -eq 1 ]',
        append_env=True,
        max_active_tis_per_dagrun=16,
    ).expand(env=numbers())

    gather = BashOperator(task_id="gather", bash_command='tiastream gather "$OUTPUT"', env=given, append_env=True, trigger_rule="all_done")

    share >> run >> gather
