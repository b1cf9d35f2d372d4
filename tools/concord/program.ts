import { AVRO_TOPICS } from '@concord/codec';
import { SPEED_MAX } from '@concord/runtime';
import type { LimitChanges } from '@concord/venues';
import { Command, InvalidArgumentError, Option } from 'commander';
import { checkConfig } from './commands/config.ts';
import { setUpCluster } from './commands/setup.ts';
import { simulate } from './commands/simulate.ts';
import { showStatus } from './commands/status.ts';
import { tail } from './commands/tail.ts';
import { listTopics } from './commands/topics.ts';
import { up } from './commands/up.ts';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('Expected a whole number, e.g. 10.');
  return value;
}

function speed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const value = Number(text);
  if (!(value > 0) || value > SPEED_MAX)
    throw new InvalidArgumentError(
      `Expected a number above 0, e.g. 10 or 0.5, at most ${SPEED_MAX}, or max.`,
    );
  return value;
}

/** A thousand times the market's own rates is more than any machine takes in. */
const RATE_MAX = 1_000;

function rate(text: string): number {
  const value = Number(text);
  if (!(value > 0) || value > RATE_MAX)
    throw new InvalidArgumentError(`Expected a number above 0, e.g. 10 or 0.5, at most ${RATE_MAX}.`);
  return value;
}

/** One `name=factor` more; the venues' process knows the names. */
function limitChange(text: string, others: Readonly<LimitChanges> = {}): LimitChanges {
  const [, name = '', change = ''] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
  if (change !== 'off' && !(Number(change) > 0))
    throw new InvalidArgumentError('Expected a limit and its factor or off, e.g. messages=off.');
  return { ...others, [name]: change === 'off' ? change : Number(change) };
}

const configOption = (): Option =>
  new Option('--config <file>', 'configuration file').default('concord.yaml');
const seedOption = (): Option =>
  new Option('--seed <n>', 'seed of the synthetic market')
    .default(1)
    .argParser(wholeNumber)
    .conflicts(['live', 'recording']);
const recordingOption = (): Option =>
  new Option('--recording <file...>', 'play recorded frames instead of the synthetic market');
const speedOption = (): Option =>
  new Option(
    '--speed <n>',
    'how many seconds of a recording pass in one real second, or max: as fast as it is read',
  )
    .default(1)
    .argParser(speed)
    .conflicts('live');
const rateOption = (): Option =>
  new Option('--rate <n>', "multiplies the synthetic market's arrival rates")
    .default(1)
    .argParser(rate)
    .conflicts(['live', 'recording']);

/** An option that would do nothing is refused, not overheard. */
function refuseIdleSpeed(command: Command): void {
  if (command.getOptionValueSource('speed') === 'cli' && command.getOptionValue('recording') === undefined)
    command.error("error: option '--speed <n>' is the pace of a recording and needs '--recording <file...>'");
}

/** The `concord` command with all its subcommands; nothing happens before it parses. */
export function createProgram(): Command {
  const program = new Command('concord')
    .description('Many disagreeing market-data sources in, one trusted stream per instrument out, on Kafka.')
    .showHelpAfterError('Show all options with --help.')
    .addHelpText(
      'after',
      `
Examples:
  $ npm start                                        everything on this machine, on simulated venues
  $ npx concord tail consensus.quotes BTC-USDT       what is published, decoded, as it comes
  $ npx concord tail clean.trades --json --from-beginning --count 10
  $ npx concord status                               sources, coverage and lag of what runs here`,
    );
  program
    .command('up')
    .description(
      'start broker, registry, Redis, venues and all services; Ctrl-C stops them all (what `npm start` runs)',
    )
    .option('--live', 'connect to the real venues instead of simulated ones')
    .addOption(configOption())
    .addOption(recordingOption().conflicts('live'))
    .addOption(speedOption())
    .addOption(seedOption())
    .addOption(rateOption())
    .option('--plain', 'print log lines instead of the live table, as when the output is not a terminal')
    .hook('preAction', refuseIdleSpeed)
    .addHelpText(
      'after',
      `
Through npm, options follow two dashes: npm start -- --seed 7

Environment:
  KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL   used instead of starting one
  CONCORD_RUN_DIR                                 folder for data and logs of the run (default: .concord/run)`,
    )
    .action(up);
  program
    .command('tail')
    .description('print the records of a topic, decoded')
    .argument('<topic>', `one of ${AVRO_TOPICS.join(', ')}`)
    .argument('[instrument]', 'only this instrument, e.g. BTC-USDT')
    .option('--json', 'one JSON object a line: exact decimals as text, times in RFC 3339')
    .option('--from-beginning', 'begin with the oldest record kept instead of the next one')
    .addOption(new Option('--count <n>', 'stop after this many records').argParser(wholeNumber))
    .action(tail);
  program
    .command('status')
    .description('show sources, coverage and lag of the pipeline that runs here')
    .option('--json', 'one JSON object, with the addresses of Kafka, registry, Redis and every service')
    .action(showStatus);
  program
    .command('topics')
    .description('list the topics with partitions and the positions they hold')
    .option('--json', 'one JSON object a line')
    .action(listTopics);
  program
    .command('config')
    .description('print a configuration with all defaults filled in, or check it')
    .addOption(configOption())
    .option('--check', 'validate only; exit code 0 when valid')
    .action(checkConfig);
  addOperatorCommands(program);
  return program;
}

/** Commands for who runs or tests a deployment. */
function addOperatorCommands(program: Command): void {
  program
    .command('simulate')
    .description('run the simulated venues alone and print their addresses')
    .addOption(configOption())
    .addOption(recordingOption())
    .addOption(speedOption())
    .addOption(seedOption())
    .addOption(rateOption())
    .addOption(new Option('--truth <file>', 'write every value sent to this file, one JSON object a line'))
    .addOption(
      new Option(
        '--limit <name=factor>',
        'multiply a limit of the venues or switch it off: messages=off, binance.connects=10; may be repeated (names: tools/venues/README.md)',
      ).argParser(limitChange),
    )
    .hook('preAction', refuseIdleSpeed)
    .action(simulate);
  program
    .command('setup')
    .description(
      'create topics, register schemas and publish instruments and configuration on a cluster, then exit',
    )
    .addOption(configOption())
    .action(setUpCluster);
}
