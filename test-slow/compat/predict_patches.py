"""What a network says of patches that TIAToolbox reads: predict_patches.py NET.onnx CMU-1 LABELLED FOLDER STRIDE.

STRIDE: of the grid over CMU-1, whose patches are many and alike.

Makes a slide of two levels out of labelled patches, lets the data set of TIAToolbox's patch prediction lay its grid over each slide and read, and
asks the network. Prints as JSON where the patches lie and their probabilities.
"""

import json
import logging
import pathlib
import sys

import cv2
import numpy as np
import onnxruntime
import tifffile
from tiatoolbox_reader import WSIPatchDataset

logging.disable(logging.WARNING)
net, cmu, labelled, folder = map(pathlib.Path, sys.argv[1:5])
size = 224
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
network = onnxruntime.InferenceSession(net, options, providers=["CPUExecutionProvider"])


def mosaic(path):
    """All labelled patches, side by side and twice as large: 0.25 microns a pixel, and half as many pixels on the second level."""
    patches = [cv2.imread(str(file))[..., ::-1] for file in sorted(labelled.glob("*.png"))]
    rows = [np.hstack(patches[i : i + 11]) for i in range(0, len(patches) // 11 * 11, 11)]
    half = np.vstack(rows)
    whole = cv2.resize(half, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    with tifffile.TiffWriter(path) as out:
        for level, picture in enumerate((whole, half)):
            layout = {"tile": (256, 256), "compression": "jpeg", "compressionargs": {"level": 90}, "photometric": "rgb"}
            out.write(picture, subfiletype=int(level > 0), resolution=(40000, 40000), resolutionunit=3, **layout)
    return path


def probabilities(picture):
    (logits,) = network.run(None, {"image": ((picture.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None]})
    shares = np.exp(logits[0] - logits[0].max())
    return (shares / shares.sum()).tolist()


said = []
made = mosaic(folder / "mosaic.svs")
for slide, mpp, stride in [(cmu, 0.5, int(sys.argv[5])), (made, 0.55, 150), (made, 1.0, 112)]:
    shape = {"patch_input_shape": (size, size), "stride_shape": (stride, stride)}
    patches = WSIPatchDataset(slide, resolution=mpp, units="mpp", auto_get_mask=False, **shape)
    shares = [probabilities(patches[i]["image"]) for i in range(len(patches.inputs))]
    said.append({"slide": str(slide), "mpp": mpp, "stride": stride, "bounds": np.asarray(patches.inputs).tolist(), "shares": shares})
json.dump(said, sys.stdout)
