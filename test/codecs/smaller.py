"""JPEGs, and what Pillow (its own libjpeg-turbo) makes of them in a half, a quarter and an eighth of their size: writes smaller.json."""

import base64
import hashlib
import io
import json
import pathlib

from PIL import Image


def picture(width, height, mode):
    """Soft colours with hard edges and some noise; the same on every machine."""
    image = Image.new("RGB", (width, height))
    state = 12345
    for y in range(height):
        for x in range(width):
            state = (state * 1103515245 + 12345) % 2**31
            noise = (state >> 16) % 32
            edge = 90 if (x // 5 + y // 7) % 3 == 0 else 0
            image.putpixel((x, y), (min(255, 120 + edge + noise), (5 * x + 3 * y) % 256, min(255, 40 + 2 * y + noise)))
    return image.convert(mode)


CASES = {
    "4:2:0": ("RGB", (48, 32), {"subsampling": "4:2:0"}),
    "4:2:0, odd": ("RGB", (33, 47), {"subsampling": "4:2:0"}),
    "4:2:2": ("RGB", (48, 32), {"subsampling": "4:2:2"}),
    "4:2:2, odd": ("RGB", (41, 19), {"subsampling": "4:2:2"}),
    "4:4:4": ("RGB", (40, 40), {"subsampling": "4:4:4"}),
    "4:4:4, odd": ("RGB", (9, 31), {"subsampling": "4:4:4"}),
    "grey": ("L", (48, 32), {}),
    "grey, odd": ("L", (37, 21), {}),
    "progressive": ("RGB", (48, 33), {"progressive": True}),
    "restart markers": ("RGB", (64, 24), {"restart_marker_blocks": 2}),
    "RGB": ("RGB", (48, 32), {"keep_rgb": True, "subsampling": "4:4:4"}),
}

found = {}
for name, (mode, (width, height), how) in CASES.items():
    stream = io.BytesIO()
    picture(width, height, mode).save(stream, "JPEG", quality=85, **how)
    smaller = {}
    for shrink in (2, 4, 8):
        image = Image.open(io.BytesIO(stream.getvalue()))
        image.draft(None, (max(1, width // shrink), max(1, height // shrink)))
        assert image.size == (-(-width // shrink), -(-height // shrink))
        smaller[shrink] = hashlib.sha256(image.tobytes()).hexdigest()
    found[name] = {"width": width, "height": height, "jpeg": base64.b64encode(stream.getvalue()).decode(), "smaller": smaller}

(pathlib.Path(__file__).parent / "smaller.json").write_text(json.dumps(found, indent=2) + "\n")
