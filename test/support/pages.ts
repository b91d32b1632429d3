// The pages of this repository for its readers, and the commands in them.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** The address of this repository, until it has one. */
export const repository = 'https://github.com/OWNER/daypass';

/** Returns the paths of all pages below the root, with slashes. */
export function pagePaths(): string[] {
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split(/\r?\n/);
  const walk = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (!entry.isDirectory()) return path.endsWith('.md') ? [path] : [];
      return entry.name === '.git' || ignored.includes(`${entry.name}/`) ? [] : walk(path);
    });
  return walk('').sort();
}

/** Returns the text of a page. */
export function readPage(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Returns the fenced blocks of a language. */
export function fencedBlocks(page: string, language: string): string[] {
  const fences = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms');
  return [...page.matchAll(fences)].map(([, text = '']) => text);
}

/** Returns the text without its code, in which links and headings mean nothing. */
export function prose(page: string): string {
  return page.replace(/^```.*?^```/gms, '').replace(/^ {4}.*$/gm, '');
}

/** Returns the targets of all links and images of a page: of Markdown, of HTML, and the bare ones. */
export function links(page: string): string[] {
  // A span of code may be the text of a link, but contains none.
  const text = prose(page).replace(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, 'CODE');
  const bare = text
    .replace(/\]\(<?[^)\s]*>?(?:\s+"[^"]*")?\)/g, ']')
    .replace(/^\[[^\]]+\]:.*$/gm, '')
    .replace(/<[^>]*>/g, '');
  return [
    ...[...text.matchAll(/\]\(<?([^)\s>]*)>?(?:\s+"[^"]*")?\)/g)],
    ...[...text.matchAll(/^\[[^\]]+\]:\s*<?([^\s>]+)/gm)],
    ...[...text.matchAll(/<((?:https?|mailto):[^>]*)>/g)],
    ...[...text.matchAll(/\s(?:href|src|srcset)="([^"\s]*)[^"]*"/g)],
    ...[...bare.matchAll(/\b(https?:\/\/[^\s)>\]]*[^\s)>\].,;:])/g)],
  ].map(([, target = '']) => target);
}

/** Returns the anchors of a page: its headings as GitHub spells them, and those of HTML. */
export function anchors(page: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading = ''] of prose(page).matchAll(/^#+ +(.*?)(?: +#+)?$/gm)) {
    const slug = heading
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let name = slug;
    for (let more = 1; found.has(name); more += 1) name = `${slug}-${more}`;
    found.add(name);
  }
  for (const [, name = ''] of page.matchAll(/<[^>]*\s(?:id|name)="([^"]+)"/g)) found.add(name);
  return found;
}

/** Returns the words after `daypass` of each command that a page shows, in a block of code or within its text. */
export function shownCommands(page: string): string[][] {
  const blocks = [...page.matchAll(/^```.*?^```|(?<=\n\n)(?: {4}[^\n]*\n)+/gms)].map(([text]) => text);
  const lines = blocks.flatMap((text) => text.replace(/\\\n/g, ' ').split('\n'));
  const spans = prose(page)
    .split(/\n\s*\n/)
    .flatMap((paragraph) => [...paragraph.matchAll(/`([^`]+)`/g)])
    .map(([, text = '']) => text.replace(/\s+/g, ' '));
  return [...lines, ...spans]
    .map((text) => /^\s*(?:\$ )?daypass(\s.*)$/.exec(text)?.[1])
    .flatMap((text) => (text === undefined ? [] : [wordsOf(text)]));
}

/** A command that a page shows. */
export interface ShownCommand {
  page: string;
  /** For a shell, with its line breaks. */
  text: string;
}

/** The blocks whose lines are commands for a shell. Indented blocks have no language. */
const shells = ['sh', 'bash', 'console', 'fish', 'powershell', 'cmd'];

/**
 * Returns the commands that a page shows: those in blocks for a shell, those of daypass within its text, and those
 * that another program reads from a file: crontab, systemd, Claude Code, starship and the AWS config file.
 */
export function shellCommands(page: string): ShownCommand[] {
  const text = readPage(page);
  const indented = [...text.matchAll(/(?<=\n\n)(?: {4}[^\n]*\n)+/g)].map(([block]) =>
    block.replace(/^ {4}/gm, ''),
  );
  const blocks = [...shells.flatMap((shell) => fencedBlocks(text, shell)), ...indented.filter(isForShell)];
  const spans = prose(text)
    .split(/\n\s*\n/)
    .flatMap((paragraph) => [...paragraph.matchAll(/(?<!`)`(daypass\s[^`]+)`(?!`)/g)])
    .map(([, span = '']) => span.replace(/\s+/g, ' '));
  const within = [
    ...text.matchAll(/^(?:[\d*/,-]+ ){5}(.*)$/gm),
    ...text.matchAll(/^ExecStart=(.*)$/gm),
    ...text.matchAll(/"aws(?:AuthRefresh|CredentialExport)": "(.*)"/g),
    ...text.matchAll(/^(?:when|command) = '+(.*?)'+$/gm),
    ...text.matchAll(/^credential_process = (.*)$/gm),
  ].map(([, command = '']) => command);
  return [...blocks.flatMap(commandsOf), ...spans, ...within].map((command) => ({
    page,
    text: command.trim(),
  }));
}

/** Returns whether an indented block is for a shell, and not JSON, a diagram or the output of a program. */
function isForShell(block: string): boolean {
  return /^(\$ |([A-Z_]+=\S* )*(daypass|npm|npx|node|git|aws|cp|eval|curl|sh|bash|sudo|docker|brew)\s)/.test(
    block,
  );
}

/** Splits a block into commands: a line goes on after a backslash, within quotes and within a loop. */
function commandsOf(block: string): string[] {
  const commands: string[] = [];
  let open = '';
  for (const line of block.split('\n')) {
    const text = open + line.replace(/^(\$|PS>) /, '');
    const isOpen =
      text.endsWith('\\') ||
      (text.replaceAll("\\'", '').match(/'/g)?.length ?? 0) % 2 === 1 ||
      (/^\s*(for|while) /.test(text) && !/\bdone\b/.test(text));
    open = isOpen ? `${text}\n` : '';
    if (!isOpen && text.trim() !== '' && !text.startsWith('#')) commands.push(text);
  }
  return [...commands, ...(open.trim() ? [open] : [])];
}

/** Splits a command as a shell does; a comment and what follows a pipe or another command are none of its words. */
function wordsOf(text: string): string[] {
  const alone = text.replace(/\s(#|\||&&|>).*$/, '');
  return (alone.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []).map((word) => word.replace(/['"]/g, ''));
}
