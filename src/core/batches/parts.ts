/**
 * How many patches of a batch the processor is given at once. What a session takes grows with that number, and from sixteen on nothing becomes faster;
 * few are faster where a graph moves much memory (models/onnx/moves-memory.ts). Measured: bench/NOTES.md, "Few patches at once".
 */

/** Sixteen or a little less: weights are read once for all of them. */
const many = { most: 16, least: 8 }
const few = { most: 6, least: 2 }

/** The largest part that a batch is made of without a rest; a batch that has none is given whole. */
export function partOf(batch: number, movesMuchMemory: boolean): number {
  const { most, least } = movesMuchMemory ? few : many
  if (batch <= most) return batch
  for (let part = most; part >= least; part--) if (batch % part === 0) return part
  return batch
}
