/**
 * The test picture of tiff-builder, 16 x 16 pixels, without loss: by CharLS 2.4.3, OpenJPH 0.26.3 and OpenJPEG 2.5.4 (imagecodecs 2026.3.6); the
 * last two with the transform of their components. `jpegLsPlanes` and `jpegLsLines` have the components in other orders (pyjpegls 1.5.1);
 * `jpegLsRuns` shows the flat picture of `runs`.
 */

const encoded = {
  jpegLs:
    '/9j/6AAgU1BJRkYAAgAAAwAAABAAAAAQCggGAQAAASwAAAEs/+gACAAAAAH/2P/3ABEIABAAEAMBEQACEQADEQD/2gAMAwEAAgADAAACAIaMLKuotV6n/2mtqu10+fPn2A' +
    'Haskqzv5n1/f3/Nxrpt7/tNMvPd3vS4he93TnNdu7+d1t1wH+mN3vt8ffbO9rkX697+xyf3Of32+53vdzX93v7PL//fjt//393j7/+90or/3//S5f39/db+/v3+/3f+7b/' +
    'f/5xf/3/Lf97/2eB/mj/dtx/33/nL+//Xv9f/z9//3/7/3//cv9//v9//0D/2Q==',
  jpegLsPlanes:
    '/9j/9wARCAAQABADAREAAhEAAxEA/9oACAEBAAAAAIUVYq0/u3f/faV/+3//E/99f/8v/3//f/9//3//f/9//3//f/9//3//f/z/2gAIAQIAAAAA/LK8LK83839P6P6/9/' +
    'v6f/9v/33/f7//d/9+/3+f/3P/fv9/v/9v/3D/2gAIAQMAAAAArbb9v/9VLud3e1G3ySzVtVtUkurlWgPQa3cdzLatbdU6TvpbUut2v7v/Dv7UFf99d3V3b+vW/2vuvvwP' +
    'EfaPu/Xffff/f/8v/3j/2Q==',
  jpegLsLines:
    '/9j/9wARCAAQABADAREAAhEAAxEA/9oADAMBAAIAAwAAAQCFFWKtP7t3/3/JlfVbfqtJJbSv/wLU83/VLud3e7//Q39P9Rt8ks1bOf9+R/X9bVJLq5Vv/3d/v9Aeg1u47m' +
    'Wu/39P9/WtuFOk7v9/3+/9Lal1uP9/9/v6/Hf7/3+/v/Hf2oK//L//e/v9d3V3b/9/39/+vW/z/3+f3+vuvv9//P7/YHiPtH3ef/939/rvvvv/f9/f/3//f/99/f6//2D/' +
    '2Q==',
  jpegLsRuns:
    '/9j/6AAgU1BJRkYAAgAAAwAAABAAAAAQCggGAQAAASwAAAEs/+gACAAAAAH/2P/3ABEIABAAEAMBEQACEQADEQD/2gAMAwEAAgADAAACAADvvyv/f/9//3K//3GKB88//0' +
    'AAAEyAAABTwAAAVz4CJImqqqqqqqqr/3/8CFGl/3//f/9//PQIPv/Z',
  htj2k:
    '/0//UQAvQAAAAAAQAAAAEAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAADBwEBBwEBBwEB/1AACAACAAAAA/9SAAwAAgABAQUEBEAB/1wAEyBQWFhYWFhYWFhYWFhYUFBQ/2' +
    'QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAdYAAf+TwBKAzwEHdADAEoD9AMd0AMASgPoAx3QAAAAAwAlgBLACMOAAB3QA8gAHdAAncwDACSAEsAJA/idzANEA' +
    'h3QAAMd0AMAJYASg+gCHdADHAId0AMAJoASwAkAj7ADIdADa/jNTAPEjcwDACWAE8AJQx/4XMwAlCO0ABrQAFXNjMwDACaAEwAB4AAK0AOP4AANUAMAKqAFXACpAAABA/A' +
    '/l6Aw2AARBCfwAJLde97cA3+OqQLKXktYAwAq4AVsAKwATOjTBQ/51izOVAIOaOEE1A/VUDHYLlgAdcb10Vc/VAN33lQDACpgBULjj/QCyXA/mADEi/sHJ7LUAwBakAWvA' +
    'FoBCDAQKgAE3n0nZd8ql8/O7opkPAAASAgAQEBDwVbt1bN424zxt/pTz068A3zXf7wCopoQZo2rbKtZ8AMAW7AF0kAXSgKEZKjD4AyM0kIIWGFgBFU4Ri7WO1u5ZY1qORJ' +
    '4AUWAUEOd4BCUEDaGgIZBAJkiCJMhlAg0CLDId5QNL3WHawHABTVLVJPVNUhHRJM3WJBURFZH1XdZlXdZtYAA1CCBEClpgIwOdAMAV8AVIkJCQkJwKcLThacKhcesA/3/9' +
    '17917LcA/9k=',
  transformed:
    '/0//UQAvAAAAAAAQAAAAEAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAADBwEBBwEBBwEB/1IADAAAAAEBAQQEAAH/XAAHQEBISFD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUE' +
    'VHIHZlcnNpb24gMi41LjT/kAAKAAAAAAFEAAH/k9+BqBIrZxaLI9bA+LRYYl8/ZT8fml6yH2iQ0d5XiXeX5fuE5Q90KdHfmiUyKTJZOsX/Rq6gwv71z7TIUuT4KfQ01Qbz' +
    '+Odx/1j59/fUQxjrY/KYvDJYDyVllUFHDlDaw0DX2l9dewfeX+6sfU3PtMwsk1abv6vbUwUqLR0uItSgnH5+adQgABbw1sUWTA05nHNtR/CcTdoq8egaHT27T+jqJxDAOo' +
    'QDqcAdNCTHPCTMJ3K6hwiQ5cIX3E8krgZq1TjbfJeJ+3NsUBZBX+7nJNkO5Ev82uNVGvNhv8D5CcD5DEB8hYAk2bjokH29wVDR3+LArvWSJGdvJN0BT9mbeLtcLK0lF09U' +
    'vdd7EK9W2OuPJNzBUgPuJ/6WzV7xTYlcEd/HArSyl8B8IsB8IgA2oYUdzz5ioq//2Q==',
} as const

export const stream = (name: keyof typeof encoded): Buffer => Buffer.from(encoded[name], 'base64')

/** 240 everywhere but in a few places. */
export function runs(): Uint8Array {
  const out = new Uint8Array(16 * 16 * 3).fill(240)
  const set = (x: number, y: number, colour: readonly number[]) => out.set(colour, (y * 16 + x) * 3)
  for (let x = 3; x < 9; x++) set(x, 5, [10, 200, 30])
  for (let x = 0; x < 16; x++) for (const y of [9, 10]) set(x, y, [1, 2, 3])
  set(15, 15, [0, 0, 255])
  return out
}
