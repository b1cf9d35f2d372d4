import type { Micros } from '@concord/model';
import { z } from 'zod';
import { InstrumentConsensus } from './instrument-consensus.ts';
import type { FusionRules } from './rules.ts';
import type { Sessions } from './sessions.ts';
import { eventKeyShape as key, integer, integerOrNull, micros, microsOrNull } from './snapshot-text.ts';
import type { SourceView } from './source-view.ts';
import { Sums } from './sums.ts';

const METHODS = [
  'UNKNOWN',
  'PRIORITY',
  'LATEST',
  'WEIGHTED_AVERAGE',
  'CONSENSUS',
  'TAPE',
  'FUSED',
  'PATH',
] as const;
const STATUSES = ['OK', 'DEGRADED', 'SINGLE', 'DISPERSED', 'NO_QUORUM'] as const;

const view = z.object({
  source: z.string(),
  session: z.string(),
  sessionSince: micros,
  newest: key.nullable(),
  newestSuspect: z.boolean(),
  observation: z
    .object({
      key,
      price: integerOrNull,
      halfWidth: integer,
      bid: integerOrNull,
      ask: integerOrNull,
      receiveTime: micros,
      wide: z.boolean(),
    })
    .nullable(),
  residuals: z.array(integer),
  flagged: z.boolean(),
  calmSince: microsOrNull,
  published: z.boolean(),
});

/** Shape of an instrument's consensus in a snapshot. */
export const consensusSnapshot = z.object({
  state: z.object({
    now: micros,
    published: z
      .object({
        at: micros,
        method: z.enum(METHODS),
        status: z.enum(STATUSES),
        value: integerOrNull,
        confidence: integerOrNull,
      })
      .nullable(),
    good: z
      .object({ value: integer, confidence: integer, bid: integerOrNull, ask: integerOrNull, asOf: micros })
      .nullable(),
    value: integerOrNull,
    pendingAt: microsOrNull,
    pendingTrigger: microsOrNull,
    sequences: z.array(z.tuple([z.enum(METHODS), z.int()])),
  }),
  sums: z.object({
    priceTime: integer,
    confidenceTime: integer,
    downtime: micros,
    numerator: integer,
    denominator: integer,
    enteredAt: microsOrNull,
  }),
  /** The first, then the distance of each from the one before it. */
  arrivals: z.array(z.int()).transform((steps) => runningSums(steps)),
  views: z.array(view),
});

/** For `snapshotText`; everything but the rules and the sessions, which are kept once for the partition. */
export function consensusToSnapshot(consensus: InstrumentConsensus): unknown {
  const { state, sums, pace, views } = consensus;
  return {
    state: { ...state, sequences: [...state.sequences] },
    sums: sums.state,
    arrivals: pace.arrivals.map((at, i, all) => at - (all[i - 1] ?? 0)),
    views: [...views.values()].map(viewToSnapshot),
  };
}

function viewToSnapshot(view: SourceView): unknown {
  const { source, session, sessionSince, newest, newestSuspect, observation } = view;
  const { residuals, flagged, calmSince, published } = view;
  return {
    ...{ source, session, sessionSince, newest, newestSuspect, observation },
    ...{ residuals: residuals.values, flagged, calmSince, published },
  };
}

export function consensusFromSnapshot(
  snapshot: z.output<typeof consensusSnapshot>,
  rules: FusionRules,
  sessions: Sessions,
): InstrumentConsensus {
  const state = { ...snapshot.state, sequences: new Map(snapshot.state.sequences) };
  const restored = { state, sums: new Sums(snapshot.sums) };
  const consensus = new InstrumentConsensus(rules, sessions, state.now, restored);
  consensus.pace.restore(snapshot.arrivals);
  for (const { residuals, ...fields } of snapshot.views) {
    const target = consensus.viewOf(fields.source);
    const { source: _, ...assigned } = fields;
    Object.assign(target, assigned);
    for (const residual of residuals) target.residuals.admit(residual);
  }
  return consensus;
}

function runningSums(steps: readonly number[]): Micros[] {
  let at = 0;
  return steps.map((step) => (at += step));
}
