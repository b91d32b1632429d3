import { commandNotes } from './command-notes.ts';
import type { Block, Help } from './help-text.ts';
import { marked, table, usageWords, wrap } from './markup.ts';
import { aboutAlone, aboutCall, aboutProfile } from './shared-texts.ts';

const width = 120;

/** Returns docs/commands.md. */
export function commandsPage(helps: readonly Help[]): string {
  return `<!-- \`npm run docs\` writes this page from the helps in src/commands/ and the texts in scripts/docs/. -->

# Commands

${table(
  ['command', 'purpose'],
  helps.map((help) => [`[\`${shownName(help)}\`](#${anchor(help)})`, marked(help.summary)]),
)}

\`daypass COMMAND --help\` (or \`-h\`) prints the help of a command. Every command accepts the flags of all
[settings](settings.md#all-settings).

## Which profile

${paragraphs([...aboutProfile, ...aboutAlone])}

## JSON

For programs, \`configure\`, \`login\`, \`logout\`, \`status\` and \`doctor\` print JSON with \`--json\`, \`exec --json\` prints
the errors of daypass as JSON, and \`trust-policy --json\` prints the policies alone. [json.md](json.md) describes it.

${helps.map(section).join('\n\n')}
`;
}

function section(help: Help): string {
  const usage = usageWords(help.usage).map(({ kind, text }) =>
    kind === 'typed' ? `**${text}**` : kind === 'value' ? `*${text}*` : text,
  );
  const notes = help.name === 'credential-process' ? aboutCall : (commandNotes[help.name] ?? []);
  return [
    `## ${shownName(help)}`,
    usage.join('').replaceAll('** **', ' '),
    ...help.blocks.map(shownBlock),
    ...notes.map((note) => paragraphs([note])),
  ].join('\n\n');
}

function shownBlock(block: Block): string {
  if (block.kind === 'paragraph') return paragraphs([marked(block.text)]);
  if (block.kind === 'code') return block.lines.map((line) => `    ${withComment(line)}`).join('\n');
  return table(
    ['option', 'meaning'],
    block.rows.map(([option, text]) => [`\`${option}\``, marked(text)]),
  );
}

/** A help has what a command does beside it. */
function withComment(line: string): string {
  return line.replace(/^(daypass .*?\S) {3,}(\S.*)$/, '$1    # $2');
}

function shownName({ name }: Help): string {
  if (name === 'credential-process') return 'daypass --profile P';
  return name === 'version' ? 'daypass --version' : `daypass ${name}`;
}

function anchor(help: Help): string {
  return shownName(help).toLowerCase().replaceAll(' ', '-');
}

function paragraphs(texts: readonly string[]): string {
  return texts.map((text) => wrap(text, width).join('\n')).join('\n\n');
}
