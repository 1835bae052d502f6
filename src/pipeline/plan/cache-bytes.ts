/** Decoded tiles that are kept. Apart from the memory sum, which needs all descriptions: threads load this. */

const MiB = 1024 ** 2

/** Of each slide in a lane. */
export const laneCacheBytes = 32 * MiB
/** Of each slide on the main thread and in each helper: they read overviews only. */
export const mainCacheBytes = 8 * MiB
