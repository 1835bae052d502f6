"""Numbers both sides know: a hash of (name, index), the same as test/formula.ts. Needs only numpy."""
import numpy as np


def fnv1a(name):
    h = 2166136261
    for byte in name.encode():
        h = ((h ^ byte) * 16777619) & 0xFFFFFFFF
    return h


def hashes(name, count):
    """murmur3's finaliser over seed + index · golden ratio, as uint32."""
    h = (np.arange(count, dtype=np.uint64) * 2654435769 + fnv1a(name)) & 0xFFFFFFFF
    h ^= h >> 16
    h = (h * 0x85EBCA6B) & 0xFFFFFFFF
    h ^= h >> 13
    h = (h * 0xC2B2AE35) & 0xFFFFFFFF
    h ^= h >> 16
    return h


def floats(name, count, low, high):
    """float32 in [low, high): 24 bits of the hash, computed in float64 and rounded once."""
    return (low + (hashes(name, count) >> 8).astype(np.float64) / 2**24 * (high - low)).astype(np.float32)


def picture(name, height, width, low=(0, 0, 0), high=(255, 255, 255)):
    """height × width × 3 bytes: blocks of 8 × 8 in one colour, between low and high, with grain of ± 8."""
    rows, columns = -(-height // 8), -(-width // 8)
    low, high = np.array(low, np.int64), np.array(high, np.int64)
    base = (hashes(name, rows * columns * 3) >> 8).astype(np.int64).reshape(rows, columns, 3) % (high - low + 1) + low
    base = base.repeat(8, 0).repeat(8, 1)[:height, :width]
    grain = (hashes(name + "/grain", height * width * 3) >> 8).astype(np.int64).reshape(height, width, 3) % 17 - 8
    return np.clip(base + grain, 0, 255).astype(np.uint8)
