"""What people write by hand: an OpenSlide dataset, PyTorch's DataLoader, the network, softmax."""

import time

import numpy as np
import openslide
import torch
import torchvision
from PIL import Image

from serve import serve

torch.set_num_threads(2)
networks = {}


def network(architecture, weights, classes, tuned):
    if (weights, tuned) not in networks:
        made = getattr(torchvision.models, architecture)(weights=None, num_classes=classes)
        made.load_state_dict(torch.load(weights))
        networks[weights, tuned] = made.eval().to(memory_format=torch.channels_last) if tuned else made.eval()
    return networks[weights, tuned]


class Patches(torch.utils.data.Dataset):
    """`places` are corners in level-0 pixels; a patch of `size` level-0 pixels becomes 224, by area."""

    def __init__(self, path, places, size):
        self.path, self.places, self.size, self.slide = path, places, size, None

    def __len__(self):
        return len(self.places)

    def __getitem__(self, i):
        if self.slide is None:  # in each worker its own
            self.slide = openslide.OpenSlide(self.path)
        picture = self.slide.read_region(tuple(self.places[i]), 0, (self.size, self.size))
        if picture.mode == "RGBA":
            white = Image.new("RGB", picture.size, (255, 255, 255))
            white.paste(picture, mask=picture.split()[3])
            picture = white
        if self.size != 224:
            picture = picture.resize((224, 224), Image.Resampling.BOX)
        return torch.from_numpy(np.asarray(picture).transpose(2, 0, 1).astype(np.float32) / 255)


def predict(path, places, size, architecture, weights, classes, batch, workers, tuned=False):
    """`tuned`: in bfloat16 and with channels last, as a user may set it."""
    model = network(architecture, weights, classes, tuned)
    began = time.perf_counter()
    loader = torch.utils.data.DataLoader(Patches(path, places, size), batch_size=batch, num_workers=workers)
    answers = []
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=tuned):
        for pictures in loader:
            if tuned:
                pictures = pictures.to(memory_format=torch.channels_last)
            answers.append(torch.softmax(model(pictures).float(), dim=1).numpy())
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "done": len(places), "probabilities": np.concatenate(answers).astype(float).round(9).tolist()}


def about():
    return {"version": f"openslide-python {openslide.__version__}, torch {torch.__version__}"}


serve({"predict": predict, "about": about})
