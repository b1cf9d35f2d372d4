import { mkdir, mkdtemp, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConcordError } from '@concord/model';
import { z } from 'zod';
import type { RegisteredVersion } from './registry.ts';

const contentSchema = z.object({
  registry: z.string(),
  /** Subject → its newest schema as this program registered it. */
  subjects: z.record(z.string(), z.object({ id: z.int().nonnegative(), schema: z.string() })),
  /** Subject → version → what the registry holds under it. */
  versions: z
    .record(
      z.string(),
      z.record(
        z.string(),
        z.object({ id: z.int().nonnegative(), schema: z.string(), schemaType: z.string() }),
      ),
    )
    .default({}),
});

type Content = z.infer<typeof contentSchema>;

/** Versions kept over all subjects at most; when full, further ones are not kept and asked for again each time. */
const LIMIT = 1_000;

/**
 * What is known of one registry, kept in a file so that a start works while the registry is away. A file that is missing,
 * unreadable or about another registry counts as empty: it only ever saves a question.
 */
export class SchemaStore {
  readonly #path: string | undefined;
  #content: Content;

  private constructor(path: string | undefined, content: Content) {
    this.#path = path;
    this.#content = content;
  }

  static async open(registry: string, path: string | undefined): Promise<SchemaStore> {
    const empty: Content = { registry, subjects: {}, versions: {} };
    if (path === undefined) return new SchemaStore(path, empty);
    const content = await readContent(path);
    return new SchemaStore(path, content?.registry === registry ? content : empty);
  }

  /** Id under which exactly this schema was registered for the subject. */
  idOf(subject: string, schema: string): number | undefined {
    const known = this.#content.subjects[subject];
    return known?.schema === schema ? known.id : undefined;
  }

  /** An id that contradicts what is held shows that the registry was set up anew: all else is forgotten then. */
  setId(subject: string, schema: string, id: number): void {
    const known = this.idOf(subject, schema);
    if (known !== undefined && known !== id) this.#content = { ...this.#content, subjects: {}, versions: {} };
    this.#content.subjects[subject] = { id, schema };
  }

  versions(subject: string): readonly RegisteredVersion[] {
    return Object.values(this.#content.versions[subject] ?? {});
  }

  hasVersion(subject: string, number: number): boolean {
    return this.#content.versions[subject]?.[number] !== undefined;
  }

  setVersion(subject: string, number: number, version: RegisteredVersion): void {
    const kept = Object.values(this.#content.versions).reduce((sum, of) => sum + Object.keys(of).length, 0);
    if (kept < LIMIT) (this.#content.versions[subject] ??= {})[number] = version;
  }

  /**
   * Replaces the file as a whole; several programs may share it, the last one wins. Throws `ConcordError` (`schema-cache-unwritable`)
   * when it cannot be written.
   */
  async save(): Promise<void> {
    if (this.#path === undefined) return;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      const folder = await mkdtemp(`${this.#path}-`);
      await writeFile(join(folder, 'new'), JSON.stringify(this.#content));
      await rename(join(folder, 'new'), this.#path);
      await rmdir(folder);
    } catch (cause) {
      throw new ConcordError(
        'schema-cache-unwritable',
        'fatal',
        `Schema ids cannot be kept in ${this.#path}`,
        {
          cause,
        },
      );
    }
  }
}

async function readContent(path: string): Promise<Content | undefined> {
  try {
    return contentSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
