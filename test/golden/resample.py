"""Makes resample.json: what OpenCV (4.x, opencv-python-headless) makes of a picture both sides can compute.

Intel's IPP inside the x86 wheels rounds 5 % of the cubic bytes the other way (by one); it is off, so that this is OpenCV itself.

python3 resample.py > resample.json
"""
import base64
import json

import cv2
import numpy as np

cv2.ipp.setUseIPP(False)


def picture(width, height):
    """Bytes of the generator x' = (1103515245 x + 12345) mod 2^31, bits 16 to 23, from x = width * 1000 + height."""
    x, out = width * 1000 + height, bytearray()
    for _ in range(width * height * 3):
        x = (1103515245 * x + 12345) % 2**31
        out.append((x >> 16) & 255)
    return np.frombuffer(bytes(out), np.uint8).reshape(height, width, 3)


CASES = [
    ((45, 33), (30, 22)), ((45, 33), (44, 32)), ((45, 33), (15, 11)), ((45, 33), (45, 11)), ((45, 33), (17, 33)),
    ((45, 33), (7, 5)), ((45, 33), (1, 1)), ((48, 32), (24, 16)), ((48, 32), (12, 8)), ((48, 32), (12, 16)),
    ((48, 32), (6, 4)), ((13, 9), (20, 11)), ((13, 9), (26, 18)), ((13, 9), (39, 36)), ((13, 9), (14, 10)),
    ((13, 9), (20, 5)), ((13, 9), (7, 12)), ((1, 1), (4, 3)), ((3, 2), (9, 7)), ((57, 57), (56, 56)),
]
KINDS = {"area": cv2.INTER_AREA, "cubic": cv2.INTER_CUBIC}
answers = [
    {"from": a, "to": b, "kind": kind, "data": base64.b64encode(cv2.resize(picture(*a), b, interpolation=code).tobytes()).decode()}
    for a, b in CASES
    for kind, code in KINDS.items()
]
print("[\n" + ",\n".join(json.dumps(x) for x in answers) + "\n]")
