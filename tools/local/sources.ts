import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { mavenRepository, pipSettingsFiles, pythonIndex } from './environment.ts';

/** The address of the mirror that Maven's settings name for its central repository (or for all); settings.xml, element `mirror`. */
export function parseMavenMirror(settings: string): string | undefined {
  const text = settings.replace(/<!--[\s\S]*?-->/g, '');
  for (const [, mirror = ''] of text.matchAll(/<mirror>([\s\S]*?)<\/mirror>/g)) {
    const of = element(mirror, 'mirrorOf');
    const url = element(mirror, 'url');
    if (url === undefined || of === undefined || element(mirror, 'blocked') === 'true') continue;
    const repositories = of.split(',').map((one) => one.trim());
    const taken = repositories.some((one) => one === '*' || one === 'central' || one === 'external:*');
    if (taken && !repositories.includes('!central')) return withSlash(url);
  }
  return undefined;
}

function element(text: string, name: string): string | undefined {
  const value = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]?.trim();
  return value === undefined || value === '' ? undefined : value.replaceAll('&amp;', '&');
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

/** The Maven repository that this machine is told to use: MAVEN_REPOSITORY_URL, or the mirror in the user's settings; undefined is the central one. */
export function configuredMavenRepository(): string | undefined {
  const named = mavenRepository();
  if (named !== undefined) return withSlash(named);
  const settings = join(homedir(), '.m2', 'settings.xml');
  return existsSync(settings) ? parseMavenMirror(readFileSync(settings, 'utf8')) : undefined;
}

/** The value of `index-url` in a pip settings file (`[global]` or `[install]`). */
export function parsePipIndex(settings: string): string | undefined {
  const line = /^[ \t]*index[-_]url[ \t]*[=:][ \t]*(\S+)[ \t]*$/m.exec(settings);
  return line?.[1];
}

/** The Python package index that this machine is told to use, as pip would find it. */
export function configuredPythonIndex(): string | undefined {
  const named = pythonIndex();
  if (named !== undefined) return withSlash(named);
  for (const file of pipSettingsFiles()) {
    const index = existsSync(file) ? parsePipIndex(readFileSync(file, 'utf8')) : undefined;
    if (index !== undefined) return withSlash(index);
  }
  return undefined;
}

/**
 * The address of a file in a package's page of an index (PEP 503): the link whose last path segment is the file's name, made absolute and without
 * the hash that it carries, which counts for nothing beside the pinned one.
 */
export function findFileLink(page: string, pageUrl: string, file: string): string | undefined {
  for (const [, href = ''] of page.matchAll(/<a\s[^>]*href\s*=\s*["']([^"']+)["']/gi)) {
    const url = new URL(href.replaceAll('&amp;', '&'), pageUrl);
    url.hash = '';
    if (decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf('/') + 1)) === file) return url.href;
  }
  return undefined;
}
