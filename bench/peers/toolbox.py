"""TIAToolbox's own PatchPredictor on a whole slide: its grid, its reader, its DataLoader, its network."""

import importlib.metadata
import resource
import shutil
import tempfile
import time

import numpy as np

from serve import serve

predictors = {}


def predictor(architecture, weights, classes, batch, workers):
    from tiatoolbox.models.architecture.vanilla import CNNModel
    from tiatoolbox.models.engine.patch_predictor import PatchPredictor

    key = (weights, batch, workers)
    if key not in predictors:
        import torch

        model = CNNModel(architecture, num_classes=classes)
        model.load_state_dict(torch.load(weights))
        # As its own pretrained networks: pixels divided by 255.
        model.preproc_func = lambda picture: np.asarray(picture, np.float32) / 255
        predictors[key] = PatchPredictor(model=model, batch_size=batch, num_workers=workers, device="cpu", verbose=False)
    return predictors[key]


def predict(path, base_mpp, mpp, architecture, weights, classes, batch, workers, mask=None, stride=224):
    from tiatoolbox.models.engine.io_config import IOPatchPredictorConfig
    from tiatoolbox.wsicore.wsireader import WSIReader

    engine = predictor(architecture, weights, classes, batch, workers)
    config = IOPatchPredictorConfig(patch_input_shape=[224, 224], stride_shape=[stride, stride], input_resolutions=[{"resolution": mpp, "units": "mpp"}])
    folder = tempfile.mkdtemp(prefix="bench-toolbox-")
    shutil.rmtree(folder)
    began = time.perf_counter()
    output = engine.run(
        images=[WSIReader.open(path, mpp=(base_mpp, base_mpp), power=10 / base_mpp)],
        masks=None if mask is None else [mask],
        patch_mode=False,
        ioconfig=config,
        save_dir=folder,
        output_type="zarr",
        return_probabilities=True,
        auto_get_mask=False,
        overwrite=True,
    )
    seconds = time.perf_counter() - began
    import zarr

    (path_out,) = output.values() if isinstance(output, dict) else [output]
    store = zarr.open(str(path_out), mode="r")
    probabilities = np.asarray(store["probabilities"]).reshape(-1, classes)
    coordinates = np.asarray(store["coordinates"]) if "coordinates" in store else None
    shutil.rmtree(folder, ignore_errors=True)
    return {
        "seconds": seconds,
        "done": int(len(probabilities)),
        "probabilities": probabilities.astype(float).round(9).tolist(),
        "coordinates": None if coordinates is None else coordinates.astype(int).tolist(),
    }


def peak():
    """Bytes that this process held at most."""
    return {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def about():
    import tiatoolbox  # noqa: F401
    import torch

    return {"version": f"TIAToolbox {importlib.metadata.version('tiatoolbox')}, torch {torch.__version__}"}


serve({"predict": predict, "about": about, "peak": peak})
