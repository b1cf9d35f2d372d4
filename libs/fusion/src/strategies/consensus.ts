import type { Strategy } from './strategy.ts';

/** The median of all votes: robust against fewer than half of the weight, whatever those say. */
export const consensus: Strategy = ({ quartiles, voteWeights }) => ({
  value: quartiles.p50,
  weights: voteWeights,
  chosen: null,
});
