"""What TIAToolbox 2.1.3 makes of small pictures: test/golden/stainnorm.json, the bytes of each in base64.

python3 stainnorm.py > stainnorm.json
"""
import base64
import json

from formula import picture
from tiatoolbox.tools.stainnorm import MacenkoNormalizer, ReinhardNormalizer, RuifrokNormalizer

methods = {"macenko": MacenkoNormalizer, "reinhard": ReinhardNormalizer, "ruifrok": RuifrokNormalizer}
# Name: height, width, darkest and brightest colour.
pictures = {
    "stained": (16, 24, (110, 50, 110), (240, 200, 235)),
    "pale": (16, 24, (190, 150, 190), (250, 245, 250)),
    "any": (24, 16, (0, 0, 0), (255, 255, 255)),
}
target = picture("target", 24, 24, (70, 30, 100), (235, 190, 225))

answers = {}
for method, make in methods.items():
    normalizer = make()
    normalizer.fit(target.copy())
    answers[method] = {
        name: base64.b64encode(normalizer.transform(picture(name, *how)).tobytes()).decode() for name, how in pictures.items()
    }
print(json.dumps(answers, indent=1))
