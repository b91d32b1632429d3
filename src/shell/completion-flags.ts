import { type CommandForm, type CommandName, commandForms } from '../settings/arguments.ts';
import {
  type SettingName,
  settingNames,
  settingOf,
  spellings,
  type Words,
} from '../settings/setting-table.ts';
import { commandTexts, commonFlagTexts, ownFlagTexts, settingTexts, valueTexts } from './descriptions.ts';
import { optionWords } from './option-words.ts';

/** An option as a shell completes it. */
export interface Flag {
  name: string;
  text: string;
  takesValue: boolean;
  /** Undefined if the values are not known. */
  words?: Words | undefined;
}

/** The shells that have a completion script. */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

export type Shell = (typeof shells)[number];

/** Every command and its flags, from the tables of the argument parser. */
export const commands = (Object.keys(commandForms) as CommandName[]).map((name) => {
  const form: CommandForm = commandForms[name];
  return { name, text: commandTexts[name], operands: form.operands, flags: flagsOf(name, form) };
});

/** The commands that a shell offers. */
export const offeredCommands = commands.filter(
  ({ name }) => name !== 'credential-process' && name !== 'version',
);

/** The commands whose first word is a profile, and those of which every word is one. */
export const profileCommands = commands.filter(({ operands }) => operands === 'profile');
export const profilesCommands = commands.filter(({ operands }) => operands === 'profiles');

/** Every flag that takes a value, once for each list of its values, with the commands that have it. */
export const valueFlags = grouped(
  commands.flatMap(({ name, flags }) =>
    flags.filter((flag) => flag.takesValue).map((flag) => ({ name, flag })),
  ),
);

function grouped(
  uses: readonly { name: CommandName; flag: Flag }[],
): { flag: Flag; commands: CommandName[] }[] {
  const groups = new Map<string, { flag: Flag; commands: CommandName[] }>();
  for (const { name, flag } of uses) {
    const key = JSON.stringify([flag.name, flag.words]);
    const group = groups.get(key) ?? { flag, commands: [] };
    group.commands.push(name);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Returns what a value of a flag means; undefined if its name tells that. */
export function valueText(flag: string, value: string): string | undefined {
  return valueTexts[flag]?.[value];
}

function flagsOf(command: CommandName, { switches = [], options = [] }: CommandForm): Flag[] {
  const own: Partial<Record<CommandName, Readonly<Record<string, string>>>> = ownFlagTexts;
  const texts = own[command] ?? {};
  const meanings: Partial<Record<SettingName, string>> = settingTexts;
  const settings = settingNames.flatMap((name) => {
    const { flag } = spellings(name);
    const { takes, words } = settingOf(name);
    return flag ? [{ name: flag, text: meanings[name] ?? '', takesValue: takes !== undefined, words }] : [];
  });
  return [
    { name: '--profile', text: commonFlagTexts['--profile'], takesValue: true, words: 'profiles' },
    ...switches.map((name) => ({ name: `--${name}`, text: texts[name] ?? '', takesValue: false })),
    ...options.map((name) => ({
      name: `--${name}`,
      text: texts[name] ?? '',
      takesValue: true,
      words: optionWords[command]?.[name],
    })),
    { name: '--env-file', text: commonFlagTexts['--env-file'], takesValue: true, words: 'files' },
    { name: '--help', text: commonFlagTexts['--help'], takesValue: false },
    ...settings,
  ];
}
