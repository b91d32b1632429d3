import { commonFlagTexts } from '../../src/shell/descriptions.ts';
import { commandNotes } from './command-notes.ts';
import { exitCodeFacts } from './exit-codes.ts';
import type { Block, Help } from './help-text.ts';
import { asSentence, marked, usageWords } from './markup.ts';
import { bold, codeBlock, escaped, item, literal, prose } from './roff.ts';
import { type SettingFacts, settingFacts } from './setting-facts.ts';
import { aboutAlone, aboutCall, aboutDaypass, aboutProfile, aboutSources } from './shared-texts.ts';
import { files, variables } from './surroundings.ts';

/** Returns man/daypass.1, in man(7). */
export function manPage(
  helps: readonly Help[],
  { version, date }: { version: string; date: string },
): string {
  const [call] = helps.filter(({ name }) => name === 'credential-process');
  const commands = helps.filter((help) => help !== call);
  return `${[
    '.\\" `npm run docs` writes this page from the tables and helps in src/, and the texts in scripts/docs/.',
    `.TH DAYPASS 1 ${date} "daypass ${version}" "User Commands"`,
    // Left-aligned and without hyphens: a code word or a variable that is split cannot be searched.
    '.nh',
    '.ad l',
    '.SH NAME',
    'daypass \\- sign in to AWS with your company\\(aqs OIDC provider',
    '.SH SYNOPSIS',
    ...[call?.usage ?? '', 'daypass COMMAND [PROFILE] [OPTION…] [SETTING…]'].flatMap((usage, index) => [
      ...(index > 0 ? ['.br'] : []),
      shownUsage(usage),
    ]),
    '.SH DESCRIPTION',
    paragraphs([...aboutDaypass, ...aboutAlone, ...aboutCall]),
    '.SH COMMANDS',
    paragraphs(aboutProfile),
    ...commands.flatMap(command),
    '.SH OPTIONS',
    'Every command accepts these, and the flags of all settings below.',
    ...Object.entries(commonFlagTexts).map(([flag, text]) => item(shownFlag(commonFlag(flag)), asText(text))),
    '.SH SETTINGS',
    paragraphs(aboutSources),
    ...settingFacts().map(setting),
    '.SH ENVIRONMENT',
    'These variables are no settings.',
    ...variables.map(([names, meaning]) => item(prose(names).replaceAll('\n', ' '), prose(meaning))),
    '.SH FILES',
    ...files.map(([file, content]) => item(prose(file), prose(content))),
    '.SH EXIT STATUS',
    prose(
      'Every error begins with a code word: `daypass: CODE: what failed`. Those of each exit code are in parentheses.',
    ),
    ...exitCodeFacts().map(({ exitCode, meaning, codes }) =>
      item(
        bold(String(exitCode)),
        prose(codes.length > 0 ? `${meaning} (${codes.map((code) => `\`${code}\``).join(', ')})` : meaning),
      ),
    ),
    '.SH EXAMPLES',
    'Set up a profile, and use it:',
    codeBlock([
      'daypass configure developer --issuer https://login.example.com \\',
      '  --client-id 0oa1b2c3 \\',
      '  --role-arn arn:aws:iam::123456789012:role/Developer',
      'aws sts get-caller-identity --profile developer',
    ]),
    '.PP',
    'Use the same sign-in with another role:',
    codeBlock([
      'daypass configure auditor --source-profile developer \\',
      '  --role-arn arn:aws:iam::210987654321:role/Audit',
    ]),
    '.PP',
    'Check every part:',
    codeBlock(['daypass doctor --profile developer']),
    '.SH SEE ALSO',
    '.BR aws (1)',
    '.PP',
    prose(
      'The npm package and the repository also have docs/settings.md, docs/commands.md, docs/troubleshooting.md and SECURITY.md.',
    ),
  ].join('\n')}\n`;
}

function command({ name, usage, blocks }: Help): string[] {
  return [
    `.SS ${name === 'version' ? '\\-\\-version' : literal(name)}`,
    shownUsage(usage),
    ...blocks.map(shownBlock),
    ...(commandNotes[name] ?? []).flatMap((note) => ['.PP', prose(note)]),
  ];
}

function shownBlock(block: Block): string {
  if (block.kind === 'paragraph') return `.PP\n${prose(marked(block.text))}`;
  if (block.kind === 'code') return codeBlock(block.lines.flatMap(folded));
  return block.rows.map(([option, text]) => item(shownFlag(option), asText(text))).join('\n');
}

/** The columns of a line of code, so that it ends before column 80. */
const longestCode = 72;

/** Breaks a line that is too long: after its last pipe, or before its last option if it continues a command. */
function folded(line: string): string[] {
  if (line.length <= longestCode) return [line];
  // A line of a shell that ends with a bar goes on.
  const pipe = line.lastIndexOf(' | ');
  if (pipe > 0) return [line.slice(0, pipe + 2), `    ${line.slice(pipe + 3)}`];
  const end = line.lastIndexOf(' --');
  const [, indent] = /^( +)--/.exec(line) ?? [];
  if (indent === undefined || end <= indent.length) return [line];
  return [`${line.slice(0, end)} \\`, `${indent}${line.slice(end + 1)}`];
}

function setting({ key, flag, variables: names, summary, note, rule, fallback, isRequired }: SettingFacts) {
  const terms = [
    ...(flag === undefined ? [] : [shownFlag(flag)]),
    ...names.map((name) => bold(name)),
    bold(key),
  ];
  const words = [
    asSentence(summary),
    note,
    ...(rule === undefined ? [] : [`The value ${rule}.`]),
    ...(isRequired ? ['Required.'] : []),
    ...(fallback === undefined ? [] : [`Default: ${fallback}.`]),
  ];
  return item(terms.join(', '), prose(words.join(' ')));
}

/** The names of the values of the common flags. */
function commonFlag(flag: string): string {
  if (flag === '--help') return '--help, -h';
  return flag === '--profile' ? '--profile P' : `${flag} FILE`;
}

/** Returns a flag in bold, and the name of its value in italics. */
function shownFlag(words: string): string {
  return words
    .split(' ')
    .map((word) => (/^-/.test(word) ? bold(word) : `\\fI${escaped(word)}\\fR`))
    .join(' ');
}

function shownUsage(usage: string): string {
  return usageWords(usage)
    .map(({ kind, text }) =>
      kind === 'typed' ? bold(text) : kind === 'value' ? `\\fI${escaped(text)}\\fR` : escaped(text),
    )
    .join('');
}

function asText(text: string): string {
  return prose(marked(asSentence(text)));
}

function paragraphs(texts: readonly string[]): string {
  return texts.map(prose).join('\n.PP\n');
}
