import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Source } from './source.ts';

/** Folders that hold nothing of the project's own. */
const IGNORED_FOLDERS = new Set(['node_modules', '.concord', '.git', 'coverage', '__pycache__']);
const TEXT_BYTES_MAX = 4_000_000;

/** The project's files by path (relative to its root, `/` between parts); a binary or huge file has no text. */
export class Project {
  readonly #texts: ReadonlyMap<string, string | undefined>;
  readonly #folders = new Set<string>(['']);
  readonly #sources = new Map<string, Source>();

  constructor(texts: ReadonlyMap<string, string | undefined>) {
    this.#texts = texts;
    for (const path of texts.keys()) {
      for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
        this.#folders.add(path.slice(0, end));
      }
    }
  }

  get paths(): string[] {
    return [...this.#texts.keys()];
  }

  /** True for a file and for a folder that holds one. */
  has(path: string): boolean {
    return this.#texts.has(path) || this.#folders.has(path);
  }

  get folders(): string[] {
    return [...this.#folders].filter((folder) => folder !== '');
  }

  text(path: string): string | undefined {
    return this.#texts.get(path);
  }

  *texts(): Iterable<readonly [path: string, text: string]> {
    for (const [path, text] of this.#texts) if (text !== undefined) yield [path, text];
  }

  /** Every TypeScript and JavaScript file that a person wrote, parsed once. */
  *sources(): Iterable<Source> {
    for (const [path, text] of this.texts()) {
      if (!/\.(ts|mts|mjs|js)$/.test(path) || path.endsWith('.generated.ts')) continue;
      let source = this.#sources.get(path);
      if (source === undefined) this.#sources.set(path, (source = new Source(path, text)));
      yield source;
    }
  }
}

/** Reads everything under `root` that is not installed, generated at run time or the version control's own. */
export function readProject(root: string): Project {
  const texts = new Map<string, string | undefined>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !IGNORED_FOLDERS.has(entry.name)) visit(path);
      else if (entry.isFile() && !/\.(log|tsbuildinfo)$/.test(path))
        texts.set(path, readText(join(root, path)));
    }
  };
  visit('');
  return new Project(new Map([...texts].sort(([a], [b]) => (a < b ? -1 : 1))));
}

function readText(path: string): string | undefined {
  const bytes = readFileSync(path);
  return bytes.length > TEXT_BYTES_MAX || bytes.includes(0) ? undefined : bytes.toString('utf8');
}

/** A project made up for a test. */
export function projectOf(texts: Record<string, string>): Project {
  return new Project(new Map(Object.entries(texts)));
}
