import { parseSync, Visitor } from 'rolldown/utils';

type ParseResult = ReturnType<typeof parseSync>;
type VisitorObject = NonNullable<ConstructorParameters<typeof Visitor>[0]>;

export interface Comment {
  readonly text: string;
  readonly line: number;
}

export interface ImportedModule {
  readonly specifier: string;
  readonly line: number;
}

/** One parsed file. Parsing is put off until a rule asks for the syntax tree. */
export class Source {
  readonly path: string;
  readonly text: string;
  #parsed: ParseResult | undefined;
  #lineStarts: number[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  get #tree(): ParseResult {
    if (this.#parsed === undefined) {
      const language = /\.m?ts$/.test(this.path) ? 'ts' : 'js';
      this.#parsed = parseSync(this.path, this.text, { lang: language });
      const [error] = this.#parsed.errors;
      if (error !== undefined) throw new SyntaxError(`${this.path}: ${error.message}`);
    }
    return this.#parsed;
  }

  /** Written to check behaviour, or in a folder of such files: its imports and clocks are judged less strictly. */
  get isTest(): boolean {
    return this.path.endsWith('.test.ts') || /^(test|libs\/testkit)\/|\/testing\//.test(this.path);
  }

  visit(visitor: VisitorObject): void {
    new Visitor(visitor).visit(this.#tree.program);
  }

  get comments(): Comment[] {
    return this.#tree.comments.map(({ value, start }) => ({ text: value, line: this.lineAt(start) }));
  }

  /** Everything imported or re-exported: statements, `import()` with a literal, and `import('…')` types. */
  get imports(): ImportedModule[] {
    const found: ImportedModule[] = [];
    const add = (literal: { type: string; value?: unknown; start: number } | null | undefined): void => {
      if (literal?.type === 'Literal' && typeof literal.value === 'string') {
        found.push({ specifier: literal.value, line: this.lineAt(literal.start) });
      }
    };
    this.visit({
      ImportDeclaration: (node) => add(node.source),
      ExportNamedDeclaration: (node) => add(node.source),
      ExportAllDeclaration: (node) => add(node.source),
      ImportExpression: (node) => add(node.source),
      TSImportType: (node) => add(node.source),
    });
    return found;
  }

  /** The line, counted from 1, that holds the character at `offset`. */
  lineAt(offset: number): number {
    this.#lineStarts ??= [0, ...[...this.text.matchAll(/\n/g)].map((match) => match.index + 1)];
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }
}
