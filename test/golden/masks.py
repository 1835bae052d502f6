"""Makes masks.json: what scikit-image and OpenCV say of pictures both sides can compute.

python3 masks.py > masks.json
"""
import json

import cv2
import numpy as np
from skimage.filters import threshold_otsu


def grey(width, height):
    """x' = (1103515245 x + 12345) mod 2^31 from x = width * 1000 + height; bits 16 to 23, dark (a third of it) in blobs."""
    x, out = width * 1000 + height, []
    for i in range(width * height):
        x = (1103515245 * x + 12345) % 2**31
        v = (x >> 16) & 255
        blob = (i % width) // 5 % 3 == 1 and (i // width) // 4 % 2 == 1
        out.append(v // 3 if blob else 255 - v // 4)
    return np.array(out, np.uint8).reshape(height, width)


def bits(mask):
    return "".join("1" if v else "0" for v in mask.ravel())


answers = []
for size in [(40, 30), (61, 47), (17, 90)]:
    g = grey(*size)
    t = int(threshold_otsu(g))
    mask = (g < t).astype(np.uint8)
    for k in [(1, 1), (2, 3), (4, 4), (5, 5), (8, 8), (3, 6)]:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, k)
        least = int(kernel.sum())
        n, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        small = mask.copy()
        for i in range(1, n):
            if stats[i, cv2.CC_STAT_AREA] < least:
                small[labels == i] = 0
        answers.append({"size": size, "threshold": t, "kernel": k, "ones": least, "cleaned": bits(small), "dilated": bits(cv2.dilate(small, kernel))})
print("[\n" + ",\n".join(json.dumps(a) for a in answers) + "\n]")
