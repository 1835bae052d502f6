"""Runs scripts for `ask` of peers.ts, one after another in one interpreter: what they import is imported once.

Takes a line of JSON [script, arguments] and answers with one: {"out": what it printed} or {"error": its traceback}.
"""

import contextlib
import io
import json
import os
import runpy
import sys
import traceback

# What libraries print by themselves shall not be taken for an answer.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


class Left(BaseException):
    """A script that would end the process at once, with the threads of its libraries."""


def leave(code):
    raise Left(code)


really_leave, os._exit = os._exit, leave

for line in sys.stdin:
    script, arguments = json.loads(line)
    printed = io.StringIO()
    sys.argv = [script, *arguments]
    sys.path.insert(0, os.path.dirname(script))
    try:
        with contextlib.redirect_stdout(printed):
            runpy.run_path(script, run_name="__main__")
        answer = {"out": printed.getvalue()}
    except (SystemExit, Left) as left:
        answer = {"error": f"{script} ended with {left.args}"} if left.args and left.args[0] else {"out": printed.getvalue()}
    except BaseException:
        answer = {"error": traceback.format_exc()}
    sys.path.pop(0)
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
really_leave(0)
