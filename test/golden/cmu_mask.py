"""What OpenSlide, OpenCV and scikit-image say of the tissue of CMU-1-Small-Region.svs: numbers in test/stages/real-slide.test.ts.

python3 cmu_mask.py CMU-1-Small-Region.svs
The steps are TIAToolbox's: whole slide by INTER_AREA to its size at 1.25 power, grey, Otsu, below the threshold; then its patch filter.
"""
import sys

import cv2
import numpy as np
import openslide
from skimage.filters import threshold_otsu

slide = openslide.OpenSlide(sys.argv[1])
width, height = slide.dimensions
rgb = np.array(slide.read_region((0, 0), 0, (width, height)).convert("RGB"))
power = float(slide.properties["openslide.objective-power"])
mpp = float(slide.properties["openslide.mpp-x"])
size = (round(width * 1.25 / power), round(height * 1.25 / power))
grey = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
threshold = threshold_otsu(grey)
mask = grey < threshold
print("size", size, "threshold", threshold, "ones", int(mask.sum()), "grey sum", int(grey.sum()))
W, H = round(width * mpp / 0.5), round(height * mpp / 0.5)
print("at 0.5 mpp", W, H)
for ratio in (0, 0.5):
    kept, index = [], 0
    for y in range(0, H, 224):
        for x in range(0, W, 224):
            box = np.array([x, y, x + 224, y + 224], np.float32)
            box[[0, 2]] = np.clip(box[[0, 2]] * np.float32(size[0] / W), 0, size[0])
            box[[1, 3]] = np.clip(box[[1, 3]] * np.float32(size[1] / H), 0, size[1])
            x0, y0, x1, y1 = box.astype(np.int32)
            part = mask[y0:y1, x0:x1]
            set_, area = np.count_nonzero(part), part.size
            if (set_ == area or set_ > area * ratio) and set_ > 0 and area > 0:
                kept.append(index)
            index += 1
    print("of", index, "at", ratio, "kept", len(kept), kept if len(kept) < 80 else "", "sum", sum(kept))
