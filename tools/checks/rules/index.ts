import type { Rule } from '../rule.ts';
import { ambientClock } from './ambient-clock.ts';
import { anyType } from './any-type.ts';
import { documentCommands } from './document-commands.ts';
import { documentLinks } from './document-links.ts';
import { environment } from './environment.ts';
import { fileLength } from './file-length.ts';
import { fileNames } from './file-names.ts';
import { functionLength } from './function-length.ts';
import { imports } from './imports.ts';
import { lockFile } from './lock-file.ts';
import { skippedTests } from './skipped-tests.ts';
import { textHygiene } from './text-hygiene.ts';
import { unfinishedNotes } from './unfinished-notes.ts';
import { venueNames } from './venue-names.ts';

/** Every house rule. A new one is a file beside these and a line here; its test shows that it finds a violation. */
export const rules: readonly Rule[] = [
  fileLength,
  functionLength,
  anyType,
  environment,
  ambientClock,
  venueNames,
  imports,
  fileNames,
  skippedTests,
  unfinishedNotes,
  lockFile,
  documentLinks,
  documentCommands,
  textHygiene,
];
