import { compareAcross } from '../event-key.ts';
import type { SourceView } from '../source-view.ts';
import { chooseOne, type Strategy } from './strategy.ts';

/** The newest observation by the order of events; of two at the same time that of the source that stands first. */
export const latest: Strategy = ({ survivors }) => {
  const newest = survivors.reduce((best, view) => (isNewer(view, best) ? view : best));
  return chooseOne(survivors, newest);
};

function isNewer(a: SourceView, b: SourceView): boolean {
  const [left, right] = [a.observation?.key, b.observation?.key];
  if (left === undefined || right === undefined) throw new Error('a survivor has no observation');
  // Sources in reverse: among events of one time the source that stands first is preferred, hence counts as the newer one.
  return compareAcross(left, -(a.member?.order ?? 0), right, -(b.member?.order ?? 0)) > 0;
}
