import { describe, expect, it } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

const SECOND = 1_000;

describe('Heartbeat', () => {
  it('takes a connection for silent when nothing was heard for as long as the venue allows', () => {
    const heartbeat = new Heartbeat({ silenceMs: 10 * SECOND });
    heartbeat.start(5 * SECOND);
    expect(heartbeat.isSilent(15 * SECOND - 1)).toBe(false);
    expect(heartbeat.isSilent(15 * SECOND)).toBe(true);
    heartbeat.heard(15 * SECOND);
    expect(heartbeat.isSilent(25 * SECOND - 1)).toBe(false);
  });

  it('asks for a ping once in each interval, whatever was heard meanwhile', () => {
    const heartbeat = new Heartbeat({ silenceMs: 60 * SECOND, ping: { everyMs: 20 * SECOND, text: null } });
    heartbeat.start(0);
    const asked = [];
    for (let at = SECOND; at <= 61 * SECOND; at += SECOND) {
      heartbeat.heard(at);
      if (heartbeat.isPingDue(at)) asked.push(at / SECOND);
    }
    expect(asked).toEqual([20, 40, 60]);
  });

  it('says nothing of a connection that is not open yet, and asks for no ping where the venue wants none', () => {
    const heartbeat = new Heartbeat({ silenceMs: SECOND });
    expect([heartbeat.isSilent(3_600 * SECOND), heartbeat.isPingDue(3_600 * SECOND)]).toEqual([false, false]);
    heartbeat.start(0);
    expect(heartbeat.isPingDue(3_600 * SECOND)).toBe(false);
  });
});
