import { divideHalfEven, ONE } from '@concord/model';
import { cappedWeights } from '../weights.ts';
import { priceOf, type Strategy } from './strategy.ts';

/** Weights are published in millionths of their sum. */
const PUBLISHED_SUM = 1_000_000n;

/**
 * Σwp/Σw with the members' fixed weights, cut at the cap, over the survivors. Weights by volume or by variance, which change on
 * the hour of log time, take the place of `member.weight`.
 */
export const weightedAverage: Strategy = ({ survivors }, rules) => {
  const weights = cappedWeights(
    survivors.map((view) => view.member?.weight ?? ONE),
    rules.weightCapPercent,
  );
  let sum = 0n;
  let weighted = 0n;
  survivors.forEach((view, i) => {
    const weight = weights[i] as bigint;
    sum += weight;
    weighted += weight * priceOf(view);
  });
  return {
    value: divideHalfEven(weighted, sum),
    weights: weights.map((weight) => Number(divideHalfEven(weight * PUBLISHED_SUM, sum))),
    chosen: null,
  };
};
