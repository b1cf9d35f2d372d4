import { posix } from 'node:path';
import { headingAnchors, markdownLines } from '../markdown.ts';
import type { Project } from '../project.ts';
import type { Rule } from '../rule.ts';

const INLINE_LINK = /\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const REFERENCE = /^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/;

export const documentLinks: Rule = {
  name: 'document-links',
  promise: 'every relative link in the documents leads to a file and a heading that exist',
  *find(project) {
    for (const [path, text] of project.texts()) {
      if (!path.endsWith('.md')) continue;
      for (const { line, text: content, code } of markdownLines(text)) {
        if (code) continue;
        for (const target of targets(content)) {
          const message = judge(project, path, target);
          if (message !== undefined) yield { path, line, message };
        }
      }
    }
  },
};

function targets(line: string): string[] {
  const prose = line.replace(/(`+).+?\1/g, (code) => ' '.repeat(code.length));
  const inline = [...prose.matchAll(INLINE_LINK)].map((match) => match[1] ?? '');
  const reference = REFERENCE.exec(prose)?.[1];
  return reference === undefined ? inline : [...inline, reference];
}

function judge(project: Project, path: string, link: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return undefined;
  const [file = '', anchor] = link.split('#');
  const from = file.startsWith('/') ? '' : posix.dirname(path);
  const target = file === '' ? path : posix.join(from, decodeURI(file)).replace(/^\/|\/$/g, '');
  if (target !== '.' && !project.has(target)) return `the link ${link} leads nowhere`;
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return headingAnchors(project.text(target) ?? '').has(anchor)
    ? undefined
    : `${target} has no heading #${anchor}`;
}
