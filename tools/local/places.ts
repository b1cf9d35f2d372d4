import { join, resolve } from 'node:path';

/** The repository's root, wherever it was cloned. */
export const repositoryRoot = resolve(import.meta.dirname, '../..');

/** The ignored folder that holds everything fetched and everything that runs write. */
export const storeRoot = join(repositoryRoot, '.concord');
