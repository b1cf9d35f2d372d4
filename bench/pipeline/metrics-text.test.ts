import { expect, test } from 'vitest';
import { sumMetrics } from './metrics-text.ts';

test('series of one metric are added up over their labels, comments are passed over', () => {
  const text = '# HELP a b\na{x="1",y="} 7"} 2\na{x="2"} 3.5\nb 1e3\n\n';
  expect([...sumMetrics(text)]).toEqual([
    ['a', 5.5],
    ['b', 1000],
  ]);
});
