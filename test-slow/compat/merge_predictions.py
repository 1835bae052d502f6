"""Maps as TIAToolbox merges them: merge_predictions.py SLIDE.

`merge_predictions` left TIAToolbox with version 2. Its own text, of 1.6, is read from that version's files and run, on the slides that 2.1 opens.
Prints as JSON the patches and the merged pictures.
"""

import ast
import json
import logging
import pathlib
import sys

import numpy as np
from tiatoolbox_reader import SlidingWindowPatchExtractor, VirtualWSIReader, WSIReader

logging.disable(logging.WARNING)
text = (pathlib.Path(sys.prefix) / "apart/tiatoolbox/models/engine/patch_predictor.py").read_text()
(predictor,) = [part for part in ast.parse(text).body if getattr(part, "name", "") == "PatchPredictor"]
(merge,) = [part for part in predictor.body if getattr(part, "name", "") == "merge_predictions"]
merge.decorator_list = []
names = {"np": np, "WSIReader": WSIReader, "VirtualWSIReader": VirtualWSIReader, "logger": logging}
exec(compile("from __future__ import annotations\n" + ast.unparse(merge), "merge_predictions", "exec"), names)

chance = np.random.default_rng(5)
# Sums of thirds, tenths and sevenths: many come out equal, or all but equal, in another order.
parts = np.array([0, 0.1, 0.2, 0.3, 1 / 3, 1 / 7, 2 / 7, 0.4], dtype=np.float32)


def probabilities(count, classes):
    shares = chance.choice(parts, (count, classes)).astype(np.float32)
    # The same numbers in another order for two classes: their sums differ by roundings alone.
    shares[: count // 2, 1] = np.roll(shares[: count // 2, 0], 3)
    return shares.tolist()


slide = WSIReader.open(sys.argv[1])
cases = []
for patches_at, stride, canvas_at, classes in [(8, 5, 8, 3), (8, 4, 20, 4), (10, 3, 7, 2), (6.3, 9, 31, 5), (12, 2, 12, 3)]:
    size = tuple(int(v) for v in slide.slide_dimensions(patches_at, "mpp"))
    bounds = SlidingWindowPatchExtractor.get_coordinates(image_shape=size, patch_input_shape=(17, 17), stride_shape=(stride, stride))
    kept = bounds[chance.random(len(bounds)) < 0.8].tolist()
    output = {"resolution": patches_at, "units": "mpp", "coordinates": kept, "probabilities": probabilities(len(kept), classes)}
    labels = names["merge_predictions"](sys.argv[1], output, canvas_at, "mpp")
    raw = names["merge_predictions"](sys.argv[1], output, canvas_at, "mpp", return_raw=True)
    cases.append({**output, "at": canvas_at, "labels": labels.tolist(), "raw": raw.ravel().tolist()})
json.dump(cases, sys.stdout)
