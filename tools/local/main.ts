import { fileTrouble, LocalPartsError, prepareParts } from './index.ts';

/** `prepare` finds or fetches all parts, so that what follows starts at once. */
async function main(command: string | undefined): Promise<number> {
  if (command !== 'prepare') {
    process.stderr.write('usage: tools/local/main.ts prepare\n');
    return 2;
  }
  try {
    await prepareParts({ onProgress: (line) => process.stderr.write(`concord: ${line}\n`) });
    return 0;
  } catch (error) {
    const message = error instanceof LocalPartsError ? error.message : fileTrouble(error);
    if (message === undefined) throw error;
    process.stderr.write(`concord: ${message}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv[2]);
