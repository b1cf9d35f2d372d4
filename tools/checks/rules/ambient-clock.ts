import type { Rule, Violation } from '../rule.ts';
import type { Source } from '../source.ts';

/** Reading one of these makes a result depend on when or where it was computed. */
const AMBIENT_MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'process.uptime',
  'AbortSignal.timeout',
  'crypto.randomUUID',
  'crypto.randomBytes',
  'crypto.randomInt',
  'crypto.getRandomValues',
]);
const AMBIENT_CALLS = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'Date',
  'randomUUID',
  'randomBytes',
  'randomInt',
]);
const CLOCK = 'libs/runtime/src/clock.ts';

export const ambientClock: Rule = {
  name: 'ambient-clock',
  promise: 'libs and services take time, timers and chance from the clock alone',
  *find(project) {
    for (const source of project.sources()) {
      if (!/^(libs|services)\//.test(source.path) || source.isTest || source.path === CLOCK) continue;
      yield* ambientUses(source);
    }
  },
};

/** `globalThis['a'].b` and `a.b` are the same. */
function plainName(text: string): string {
  return text.replace(/\??\.?\[\s*(['"`])(\w+)\1\s*\]/g, '.$2').replace(/^(?:globalThis|global)\??\./, '');
}

function ambientUses(source: Source): Violation[] {
  const found: Violation[] = [];
  const add = (what: string, start: number): void => {
    found.push({ path: source.path, line: source.lineAt(start), message: `${what}; take a Clock instead` });
  };
  source.visit({
    MemberExpression: (node) => {
      const text = plainName(source.text.slice(node.start, node.end));
      if (AMBIENT_MEMBERS.has(text)) add(text, node.start);
    },
    CallExpression: (node) => {
      const text = plainName(source.text.slice(node.callee.start, node.callee.end));
      if (AMBIENT_CALLS.has(text)) add(`${text}()`, node.start);
    },
    NewExpression: (node) => {
      const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date';
      if (isDate && node.arguments.length === 0) add('new Date()', node.start);
    },
    ImportDeclaration: (node) => {
      if (/^(node:)?timers(\/|$)/.test(node.source.value)) add(node.source.value, node.start);
    },
  });
  return found;
}
