import { type CommandForm, commandForms } from '../settings/arguments.ts';
import { settingNames, settingOf, spellings, type Words } from '../settings/setting-table.ts';
import { envFormats } from './env-formats.ts';

/** An option as a shell completes it. */
export interface Flag {
  name: string;
  takesValue: boolean;
  /** Undefined if the values are not known. */
  words?: Words | undefined;
}

/** The shells that have a completion script. */
export const shells = ['bash', 'zsh', 'fish'];

/** Every command and its flags, from the tables of the argument parser. */
export const commands = Object.entries(commandForms).map(([name, form]: [string, CommandForm]) => ({
  name,
  operands: form.operands,
  flags: flagsOf(form),
}));

/** The commands that a shell offers. */
export const offeredCommands = commands.filter(
  ({ name }) => name !== 'credential-process' && name !== 'version',
);

/** Every flag of any command, once. */
export const allFlags = [
  ...new Map(commands.flatMap(({ flags }) => flags).map((flag) => [flag.name, flag])).values(),
];

function flagsOf({ switches = [], options = [] }: CommandForm): Flag[] {
  const settings = settingNames.flatMap((name) => {
    const { flag } = spellings(name);
    const { takes, words } = settingOf(name);
    return flag ? [{ name: flag, takesValue: takes !== undefined, words }] : [];
  });
  return [
    { name: '--profile', takesValue: true, words: 'profiles' },
    ...switches.map((name) => ({ name: `--${name}`, takesValue: false })),
    ...options.map((name) => ({
      name: `--${name}`,
      takesValue: true,
      words: name === 'format' ? [...envFormats.keys()] : undefined,
    })),
    { name: '--env-file', takesValue: true, words: 'files' },
    { name: '--help', takesValue: false },
    ...settings,
  ];
}
