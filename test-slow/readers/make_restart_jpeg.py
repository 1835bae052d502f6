"""A JPEG in 4:2:2 with restart intervals, as base64 in JSON. Arguments: a file of RGB bytes, width, height, MCUs of an interval."""

import base64
import io
import json
import sys

from PIL import Image

file, width, height, interval = sys.argv[1], *map(int, sys.argv[2:])
with open(file, "rb") as pixels:
    image = Image.frombytes("RGB", (width, height), pixels.read())
out = io.BytesIO()
image.save(out, "JPEG", quality=85, subsampling=1, restart_marker_blocks=interval)
print(json.dumps({"jpeg": base64.b64encode(out.getvalue()).decode()}))
