/** What the file system's refusals say to a person. Codes that a mistake of the program could cause as well are not among them. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user has no permission',
  EPERM: 'the system does not permit it',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: 'the disk quota is used up',
  EIO: 'its disk does not work',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the path is too long',
};

/** Those that name no path, since they come from a file that is open. */
const OF_OPEN_FILES = ['ENOSPC', 'EDQUOT', 'EIO'];

/** Why a file or folder could not be used, in a few words; `undefined` where the error is of another kind. */
export function fileReason(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const isOfFile = ('path' in error && typeof error.path === 'string') || OF_OPEN_FILES.includes(error.code);
  return isOfFile ? REASONS[error.code] : undefined;
}

/** One line for a person whose files or folders keep Concord from going on; `undefined` where the error is of another kind. */
export function fileTrouble(error: unknown): string | undefined {
  const reason = fileReason(error);
  if (reason === undefined) return undefined;
  const path = error instanceof Error && 'path' in error ? String(error.path) : 'a file of Concord';
  return `${path} cannot be used: ${reason}. Concord writes in its folder .concord and in CONCORD_RUN_DIR: give this user the right and the disk the room, then try again.`;
}
