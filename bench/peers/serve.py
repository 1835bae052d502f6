"""Answers one line of JSON to each line of JSON: what every peer process does."""

import json
import sys
import traceback


def serve(handlers):
    # Libraries may print; only our answers go to the real standard output.
    out = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = handlers[question.pop("do")](**question)
        except Exception as error:  # the parent decides what a failure means
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        out.write(json.dumps(answer) + "\n")
        out.flush()
