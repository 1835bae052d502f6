#!/bin/bash
# A cohort by Slurm, without a server: the slides in COUNT tasks, a job a task, and at the end what became of all of them.
#
#     deploy/slurm/submit.sh pipeline.yml 64 out
#
# More options for sbatch, of each task: SBATCH_EACH="--partition=long --cpus-per-task=16". Run it again after anything at all: what is done is skipped,
# what was interrupted is taken up. An array has at most 1,001 jobs unless the cluster says more (scontrol show config | grep MaxArraySize): more slides
# a task, not more tasks.
set -eu
pipeline=$1
count=$2
output=$3
here=$(dirname "$0")

tiastream tasks "$pipeline" --into "$count" --results "$output" -o tasks --force
# Several options, so without quotes. Of several clusters sbatch says which, behind a semicolon.
# shellcheck disable=SC2086
array=$(sbatch --parsable --array="0-$((count - 1))" ${SBATCH_EACH:-} "$here/tasks.sbatch" "$pipeline" tasks -o "$output")
# afterany: whatever became of the tasks, the table of the cohort says it, failed slides too.
gather=$(sbatch --parsable --dependency="afterany:${array%%;*}" "$here/gather.sbatch" "$output")
echo "array ${array%%;*}, then gather ${gather%%;*}"
