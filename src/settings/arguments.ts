import { DaypassError } from '../errors.ts';
import { printable } from '../printable.ts';
import { type Setting, type SettingName, settingNames, settingTable, spellings } from './setting-table.ts';

/** What each command takes beside the settings. */
const commandSwitches = {
  'credential-process': [],
  login: ['force'],
  logout: [],
  status: ['json'],
} as const satisfies Record<string, readonly string[]>;

export type Command = keyof typeof commandSwitches;

export interface Arguments {
  command: Command;
  help: boolean;
  version: boolean;
  switches: ReadonlySet<string>;
  flags: ReadonlyMap<SettingName | 'profile' | 'envFile', string>;
}

/** Reads argv (without node and the script). Throws `usage`; a value is never echoed, for it may be a secret. */
export function parseArguments(argv: readonly string[]): Arguments {
  const flags = new Map<SettingName | 'profile' | 'envFile', string>();
  const switches = new Set<string>();
  let command: Command = 'credential-process';
  let first = true;
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-')) {
      if (!first || !Object.hasOwn(commandSwitches, word) || word === 'credential-process') {
        const late = Object.hasOwn(commandSwitches, word) && command === 'credential-process';
        throw usage(
          `unknown ${first ? 'command' : 'argument'} "${printable(word)}"`,
          late ? [`the command comes first: daypass ${word} --profile P`] : undefined,
        );
      }
      command = word as Command;
      first = false;
      continue;
    }
    first = false;
    const [flag = '', inline] = splitOnce(word);
    if (flag === '--help' || flag === '-h' || flag === '--version') {
      switches.add(flag === '--version' ? 'version' : 'help');
      continue;
    }
    if (flag === '--client-secret') {
      throw usage('--client-secret is refused: other programs can read arguments', [
        'set DAYPASS_CLIENT_SECRET, or daypass_client_secret in the profile',
      ]);
    }
    if ((commandSwitches[command] as readonly string[]).includes(flag.slice(2)) && inline === undefined) {
      switches.add(flag.slice(2));
      continue;
    }
    const name = settingFlags.get(flag);
    if (!name)
      throw usage(
        `unknown option ${printable(flag)}${command === 'credential-process' ? '' : ` for ${command}`}`,
      );
    if (flags.has(name)) throw usage(`${flag} is given twice`);
    const isSwitch = name in settingTable && (settingTable[name as SettingName] as Setting<unknown>).isSwitch;
    const value = inline ?? (isSwitch ? 'true' : rest.shift());
    if (value === undefined || (inline === undefined && value.startsWith('--')))
      throw usage(`${flag} needs a value`);
    flags.set(name, value);
  }
  return { command, help: switches.has('help'), version: switches.has('version'), switches, flags };
}

const settingFlags = new Map<string, SettingName | 'profile' | 'envFile'>([
  ['--profile', 'profile'],
  ['--env-file', 'envFile'],
  ...settingNames.flatMap((name) => {
    const { flag } = spellings(name);
    return flag ? [[flag, name] as const] : [];
  }),
]);

function splitOnce(word: string): [string, string?] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}

function usage(fault: string, [hint = 'run: daypass --help'] = [] as string[]): DaypassError {
  return new DaypassError('usage', fault, { hint });
}
