import { loadCommand } from '../../src/commands/load-command.ts';
import { type CommandForm, type CommandName, commandForms } from '../../src/settings/arguments.ts';
import { commands } from '../../src/shell/completion-flags.ts';
import { commandTexts, ownFlagTexts, valueTexts } from '../../src/shell/descriptions.ts';
import { optionWords } from '../../src/shell/option-words.ts';

/** An option as a help shows it, and its meaning. */
export type Row = readonly [option: string, text: string];

/** A part of a help. The lines of code keep their indents. */
export type Block =
  | { kind: 'paragraph'; text: string }
  | { kind: 'options'; rows: readonly Row[] }
  | { kind: 'code'; lines: readonly string[] };

/** The help of a command in its parts. */
export interface Help {
  name: CommandName;
  /** What the command does, in one line. */
  summary: string;
  usage: string;
  blocks: readonly Block[];
}

/** Returns the help of every command. */
export async function readHelps(): Promise<Help[]> {
  return await Promise.all(
    commands.map(async ({ name }) => {
      const { help } = await loadCommand(name);
      return { name, summary: commandTexts[name], ...parsed(name, help) };
    }),
  );
}

const aboutSettings = 'Prints every setting with its flag, variable, profile key and default.';

function parsed(name: CommandName, help: string): Pick<Help, 'usage' | 'blocks'> {
  // These two are lists of their own, which the pages show as tables.
  if (name === 'credential-process') return { usage: 'daypass [--profile P] [SETTING…]', blocks: [] };
  if (name === 'settings')
    return { usage: 'daypass settings', blocks: [{ kind: 'paragraph', text: aboutSettings }] };
  const [usage = '', ...parts] = help.trimEnd().split('\n\n');
  const blocks = parts.map(blockOf);
  const missing = missingRows(name, blocks);
  return { usage, blocks: missing.length > 0 ? [...blocks, { kind: 'options', rows: missing }] : blocks };
}

/** An option with its text, in a help. The text may go on in lines that begin farther right. */
const optionRow = /^ {2}(--[\w-]+(?: [A-Z]+)?) {2,}(\S.*)$/;

function blockOf(text: string): Block {
  const lines = text.split('\n');
  const [first = ''] = lines;
  if (!first.startsWith(' ')) return { kind: 'paragraph', text: lines.join(' ') };
  if (!optionRow.test(first)) return { kind: 'code', lines: lines.map((line) => line.slice(2)) };
  const rows: [string, string][] = [];
  for (const line of lines) {
    const [, option, words = ''] = optionRow.exec(line) ?? [];
    const last = rows.at(-1);
    if (option !== undefined) rows.push([option, words]);
    else if (last) last[1] += ` ${line.trim()}`;
  }
  return { kind: 'options', rows };
}

/** Returns rows for the options that a help only mentions. */
function missingRows(name: CommandName, blocks: readonly Block[]): Row[] {
  const shown = blocks.flatMap((block) => (block.kind === 'options' ? block.rows : []));
  const { switches = [], options = [] }: CommandForm = commandForms[name];
  const texts: Readonly<Record<string, string>> = Object.fromEntries(
    Object.entries(ownFlagTexts).flatMap(([command, own]) => (command === name ? Object.entries(own) : [])),
  );
  return [...switches, ...options]
    .filter((own) => !shown.some(([option]) => option.split(' ')[0] === `--${own}`))
    .map((own) => {
      const values = (optionWords[name]?.[own] ?? []).flatMap((word) => {
        const text = valueTexts[`--${own}`]?.[word];
        return text ? [`${word}: ${text}`] : [];
      });
      const value = options.includes(own) ? ` ${own.toUpperCase()}` : '';
      return [`--${own}${value}`, [texts[own], ...values].join('; ')];
    });
}
