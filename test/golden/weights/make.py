"""Small files of weights as PyTorch writes them, and hostile ones. python3 test/golden/weights/make.py (Debian: python3-torch)

Every good file holds the same three tensors (values in expected.json), in another format, type or form.
"""
import argparse
import collections
import functools
import io
import json
import pathlib
import pickle
import struct
import zipfile

import numpy
import torch

HERE = pathlib.Path(__file__).parent
HOSTILE = HERE / "hostile"
HOSTILE.mkdir(exist_ok=True)

# exact in every floating type, bfloat16 included (8 bits of fraction)
weight = torch.tensor([[1.5, -2.0, 0.25], [0.0, 96.0, -0.0078125]])
bias = torch.tensor([-1.0, 3.5])
cube = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 2
state = collections.OrderedDict(weight=weight, bias=bias, cube=cube)
(HERE / "expected.json").write_text(json.dumps({k: {"shape": list(v.shape), "values": v.flatten().tolist()} for k, v in state.items()}) + "\n")


def save(name, value, **options):
    torch.save(value, HERE / name, **options)


legacy = {"_use_new_zipfile_serialization": False}
save("zip.pth", state)
save("legacy.pth", state, **legacy)
for kind in ("float16", "bfloat16", "float64"):
    cast = collections.OrderedDict((k, v.to(getattr(torch, kind))) for k, v in state.items())
    save(f"{kind}.pth", cast)
    save(f"{kind}.legacy.pth", cast, **legacy)
# one storage for all, tensors that start inside it, run backwards through its axes, or skip
pool = torch.zeros(200)
pool[7:13] = weight.T.flatten()
pool[100:104:2] = bias
pool[40:64] = cube.permute(2, 0, 1).flatten()
views = collections.OrderedDict(
    weight=pool[7:13].view(3, 2).T, bias=pool[100:104:2], cube=pool[40:64].view(4, 2, 3).permute(1, 2, 0)
)
assert all(torch.equal(views[k], state[k]) for k in state)
save("views.pth", views)
save("views.legacy.pth", views, **legacy)
save("parameters.pth", collections.OrderedDict((k, torch.nn.Parameter(v)) for k, v in state.items()))
save("checkpoint.pth", {"epoch": 3, "loss": 0.25, "note": "mine", "state_dict": state, "best": None, "done": True})
save("parallel.pth", collections.OrderedDict((f"module.{k}", v) for k, v in state.items()))
save("protocol4.pth", state, pickle_protocol=4)
save("protocol5.pth", state, pickle_protocol=5)
# what trainers put beside the weights: objects that no tensor is made of
settings = argparse.Namespace(model="resnet18", lr=numpy.float64(1e-3), out=pathlib.PurePosixPath("runs"), gp=None)
beside = {"args": settings, "rng": numpy.random.RandomState(1).get_state(), "seen": {1, 2}, "hook": functools.partial(dict)}
criterion = {"criterion.weight": torch.ones(3)}
save("settings.pth", {"epoch": 3, **beside, "state_dict": collections.OrderedDict(**state, **criterion)})
save("settings.protocol5.pth", {"epoch": 3, **beside, "state_dict": state}, pickle_protocol=5)
save("settings.legacy.pth", {"epoch": 3, **beside, "state_dict": state}, **legacy)


class Three(torch.nn.Module):
    def __init__(self):
        super().__init__()
        for k, v in state.items():
            self.register_buffer(k, v)


save("module-state.pth", Three().state_dict())  # an OrderedDict with _metadata
with zipfile.ZipFile(HERE / "zip.pth") as old, zipfile.ZipFile(HERE / "deflated.pth", "w", zipfile.ZIP_DEFLATED) as new:
    for entry in old.namelist():
        new.writestr(zipfile.ZipInfo(entry), old.read(entry), zipfile.ZIP_DEFLATED)

with zipfile.ZipFile(HERE / "zip.pth") as old, zipfile.ZipFile(HERE / "zip64.pth", "w") as new:
    for entry in old.namelist():
        with new.open(zipfile.ZipInfo(entry), "w", force_zip64=True) as out:
            out.write(old.read(entry))

header, numbers = {}, b""
for k, v in state.items():
    data = v.numpy().tobytes()
    header[k] = {"dtype": "F32", "shape": list(v.shape), "data_offsets": [len(numbers), len(numbers) + len(data)]}
    numbers += data
header["__metadata__"] = {"format": "pt"}


def safetensors(path, head, body):
    text = json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


safetensors(HERE / "plain.safetensors", header, numbers)

# ---- hostile: each must be refused, and nothing in it may run ----


class Command:
    def __reduce__(self):
        import os

        return os.system, ("touch tiastream-was-hacked",)


torch.save({"weight": weight, "x": Command()}, HOSTILE / "system.pth")
torch.save({"weight": weight, "x": Command()}, HOSTILE / "system.legacy.pth", **legacy)
torch.save({"weight": Command()}, HOSTILE / "system-protocol4.pth", pickle_protocol=4)
(HOSTILE / "module.pth").write_bytes(b"")
torch.save(torch.nn.Sequential(torch.nn.Linear(2, 2)), HOSTILE / "module.pth")
torch.jit.script(torch.nn.ReLU()).save(str(HOSTILE / "torchscript.pt"))
torch.save(collections.OrderedDict(weight=torch.arange(6)), HOSTILE / "integers.pth")
torch.save([weight], HOSTILE / "list.pth")
torch.save({}, HOSTILE / "empty.pth")


def rewritten(name, change, extra=()):
    """zip.pth with its pickle changed, and entries added."""
    with zipfile.ZipFile(HERE / "zip.pth") as old, zipfile.ZipFile(HOSTILE / name, "w") as new:
        for entry in old.namelist():
            data = old.read(entry)
            new.writestr(zipfile.ZipInfo(entry), change(data) if entry.endswith("data.pkl") else data)
        for entry, data, method in extra:
            new.writestr(zipfile.ZipInfo(entry), data, method)


def same(data):
    return data


def once(old, new):
    def change(data):
        assert data.count(old) >= 1, (old, data)
        return data.replace(old, new, 1)

    return change


rewritten("traversal.pth", same, [("../../outside", b"x", zipfile.ZIP_STORED)])
rewritten("absolute.pth", same, [("/etc/outside", b"x", zipfile.ZIP_STORED)])
rewritten("twice.pth", same, [("zip/data/0", b"x" * 24, zipfile.ZIP_STORED)])
rewritten("bomb.pth", same, [("zip/data/9", bytes(30_000_000), zipfile.ZIP_DEFLATED)])
# K\x02K\x03\x86: the size (2, 3); K\x06: six elements of storage 0
rewritten("huge-shape.pth", once(b"K\x02K\x03\x86", b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86"))
rewritten("negative-shape.pth", once(b"K\x02K\x03\x86", b"J\xfe\xff\xff\xffK\x03\x86"))
rewritten("huge-stride.pth", once(b"K\x03K\x01\x86", b"J\xff\xff\xff\x7fK\x01\x86"))
rewritten("huge-storage.pth", once(b"K\x06t", b"J\xff\xff\xff\x7ft"))
rewritten("other-dtype.pth", once(b"FloatStorage", b"DoubleStorage"))
rewritten("eval.pth", once(b"ccollections\nOrderedDict\n", b"cbuiltins\neval\n"))
rewritten("inst.pth", lambda d: b"\x80\x02(S'touch tiastream-was-hacked'\nios\nsystem\n.")
rewritten("newobj.pth", lambda d: pickle.PROTO + b"\x02" + b"ccollections\nOrderedDict\n)\x81.")
rewritten("no-stop.pth", lambda d: d[:-1])
rewritten("underflow.pth", lambda d: b"\x80\x02R.")
rewritten("no-mark.pth", lambda d: b"\x80\x02Nt.")
rewritten("never-stored.pth", lambda d: b"\x80\x02h\x63.")
rewritten("long-string.pth", lambda d: b"\x80\x02X\xff\xff\xff\x7fabc.")
rewritten("protocol6.pth", lambda d: b"\x80\x06}.")

old = (HERE / "zip.pth").read_bytes()
(HOSTILE / "cut.pth").write_bytes(old[: len(old) // 2])
at = old.index(weight.numpy().tobytes())
(HOSTILE / "flipped-bit.pth").write_bytes(old[:at] + bytes([old[at] ^ 1]) + old[at + 1 :])
old = (HERE / "legacy.pth").read_bytes()
(HOSTILE / "cut.legacy.pth").write_bytes(old[:-10])
at = old.rindex(struct.pack("<q", 24))
(HOSTILE / "huge-storage.legacy.pth").write_bytes(old[:at] + struct.pack("<q", 2**60) + old[at + 8 :])
(HOSTILE / "pickle-only.pth").write_bytes(pickle.dumps({"a": 1}, 2))
(HOSTILE / "page.pth").write_bytes(b"<html><body>503 Service Unavailable</body></html>")
(HOSTILE / "nothing.pth").write_bytes(b"")

safetensors(HOSTILE / "beyond.safetensors", {"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}, b"1234")
safetensors(HOSTILE / "shape.safetensors", {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, b"1234")
safetensors(HOSTILE / "huge.safetensors", {"a": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]}}, b"1234")
safetensors(HOSTILE / "type.safetensors", {"a": {"dtype": "constructor", "shape": [1], "data_offsets": [0, 4]}}, b"1234")
(HOSTILE / "header.safetensors").write_bytes(struct.pack("<Q", 2**31) + b"{}")
(HOSTILE / "json.safetensors").write_bytes(struct.pack("<Q", 9) + b"{nonsense" + b"1234")
