import { expect, it } from 'vitest';
import { ConcordError } from './failure.ts';
import { kindOf } from './topics.ts';

it('a topic’s name tells its kind, with or without a prefix, when it has one', () => {
  expect(kindOf('raw.trades')).toBe('trades');
  expect(kindOf('desk.eu.consensus.quotes')).toBe('quotes');
  expect(kindOf('bars')).toBe('bars');
  for (const topic of ['sources', 'quarantine', 'state.validator', 'raw.Trades', ''])
    expect(kindOf(topic)).toBeUndefined();
});

it('an error says its class, code, fate and cause', () => {
  class LinkError extends ConcordError {}
  const cause = new Error('reset');
  const error = new LinkError('link-lost', 'retry', 'The link was lost; wait', { cause });
  expect(error).toMatchObject({ name: 'LinkError', code: 'link-lost', fate: 'retry', cause });
  expect(error).toBeInstanceOf(Error);
});
