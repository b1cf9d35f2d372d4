import { defineConfig } from 'vitest/config';

const CONFORMANCE = '**/*.conformance.test.ts';
const SIMULATION = '**/*.simulation.test.ts';
const SYSTEM = '**/*.system.test.ts';
/** Tests that put something in a module's place need modules of their own. */
const MOCKED = '**/*.mocked.test.ts';
const OUTSIDE = ['**/node_modules/**', '.concord/**'];

export default defineConfig({
  test: {
    reporters: ['default', './test/setup/summary-reporter.ts'],
    // A test ends when what it waits for has come (`until`, `expect.poll`); these only end what hangs. They are far above what a busy machine takes.
    testTimeout: 300_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{libs,services,tools,test,bench}/**/*.test.ts'],
          exclude: [...OUTSIDE, CONFORMANCE, SIMULATION, SYSTEM, MOCKED],
          // Pure tests may share what they import: loading it for each of 160 files anew took longer than all tests.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'unit-mocked',
          include: [MOCKED],
          exclude: OUTSIDE,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'conformance',
          include: [CONFORMANCE],
          exclude: OUTSIDE,
          // Most of their time they wait for a simulated venue: one worker for each spare core would leave the machine idle.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'simulation',
          include: [SIMULATION],
          exclude: OUTSIDE,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/**/*.system.test.ts'],
          exclude: OUTSIDE,
          globalSetup: ['./test/setup/shared-parts.ts'],
          // The parts, and the two cores they share with the tests, take one file at a time.
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
