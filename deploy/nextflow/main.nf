// A cohort as a Nextflow workflow: shared out, done task by task, gathered.
//
// UNTESTED. Nextflow could not be had where tiastream is made: this file is written after Nextflow's documents (DSL2), and was never run.
//
//     nextflow run main.nf --pipeline /data/pipeline.yml --output /data/out --tasks 64
//
// Both paths are absolute, or the output an address in a bucket: a task works in a folder of its own, and results do not go through Nextflow. What is done is
// skipped by tiastream itself, and what was interrupted is taken up: after anything at all the same command goes on, without -resume.

nextflow.enable.dsl = 2

params.pipeline = null
params.output = null
params.tasks = 4
params.lanes = 8
params.memory = '16 GB'

/** A text as one word of a shell, whatever stands in it. */
def word(text) {
    "'" + text.toString().replace("'", "'\\''") + "'"
}

process SHARE {
    executor 'local'
    cache false

    output:
    path 'tasks'

    script:
    """
    tiastream tasks ${word(params.pipeline)} --into ${params.tasks} --results ${word(params.output)} -o tasks
    """
}

// 1 says that slides failed, by name, and all the others are done: that is a result, which the table of the cohort holds. A wrong pipeline (2) or device (3)
// is no better the second time.
process RUN {
    cache false
    cpus params.lanes
    memory params.memory
    errorStrategy { task.exitStatus in [2, 3] ? 'terminate' : 'retry' }
    maxRetries 2

    input:
    path tasks
    each index

    output:
    val index

    script:
    """
    tiastream run ${word(params.pipeline)} --tasks ${word(tasks)} --tasks-index ${index} -o ${word(params.output)} --lanes ${task.cpus} --log json || [ \$? -eq 1 ]
    """
}

process GATHER {
    executor 'local'
    cache false

    input:
    val done

    script:
    """
    tiastream gather ${word(params.output)}
    """
}

workflow {
    if (!params.pipeline || !params.output) error 'say --pipeline and --output'
    SHARE()
    RUN(SHARE.out, 0..<(params.tasks as int))
    GATHER(RUN.out.collect())
}
