export interface MarkdownLine {
  readonly line: number;
  readonly text: string;
  /** Inside a fenced block. */
  readonly code: boolean;
}

/** The lines of a Markdown text, fences told from prose. The fence lines themselves are left out. */
export function markdownLines(text: string): MarkdownLine[] {
  const lines: MarkdownLine[] = [];
  let fence: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence)))
      fence = fence === undefined ? mark : undefined;
    else lines.push({ line: index + 1, text: line, code: fence !== undefined });
  }
  return lines;
}

/** The anchors that headings get: lower case, punctuation gone, blanks to hyphens, `-1`, `-2` … for repeated ones. */
export function headingAnchors(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const line of markdownLines(text)) {
    const title = line.code ? undefined : /^#{1,6}\s+(.*?)\s*#*$/.exec(line.text)?.[1];
    if (title === undefined) continue;
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const base = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let anchor = base;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${base}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Pieces of a line that are code: the whole line inside a fence, else what stands between backticks. */
export function codePieces({ text, code }: MarkdownLine): string[] {
  return code ? [text] : [...text.matchAll(/(`+)(.+?)\1/g)].map((match) => match[2] ?? '');
}
