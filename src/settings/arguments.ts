import { isProfileName } from '../aws-config/profile-name.ts';
import { DaypassError, type Hint } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import { isSettingName, type SettingName, settingOf, spellings } from './setting-table.ts';

/** The arguments of a command besides the settings. */
export interface CommandForm {
  /** `--force` */
  switches?: readonly string[];
  /** `--format bash` */
  options?: readonly string[];
  /** The number of words; `rest`: everything from the first word or from `--` on, unchanged. */
  operands?: number | 'rest';
}

export const commandForms = {
  'credential-process': {},
  completion: { operands: 1 },
  configure: { switches: ['yes'] },
  console: { switches: ['print'], options: ['destination', 'federation-endpoint'] },
  doctor: { switches: ['json'] },
  env: { options: ['format'] },
  exec: { operands: 'rest' },
  login: { switches: ['force'] },
  logout: { switches: ['all', 'idp'] },
  settings: {},
  status: { switches: ['json', 'verify'] },
  'trust-policy': { switches: ['any-user', 'json'] },
  version: {},
} as const satisfies Record<string, CommandForm>;

export type CommandName = keyof typeof commandForms;

export interface Arguments {
  command: CommandName;
  /** The caller wants only the help of the command. */
  help: boolean;
  switches: ReadonlySet<string>;
  options: ReadonlyMap<string, string>;
  operands: readonly string[];
  flags: ReadonlyMap<SettingName | 'profile' | 'envFile', string>;
}

/**
 * Parses argv (without node and the script). Throws `usage`, and never repeats a value, which may be a
 * secret.
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const rest = [...argv];
  const asked = rest[0] === 'help';
  if (asked) rest.shift();
  const { command, named } = takeCommand(rest);
  const {
    switches: known = [],
    options: takesValue = [],
    operands: most = 0,
  }: CommandForm = commandForms[command];
  const read: Arguments & {
    flags: Map<SettingName | 'profile' | 'envFile', string>;
    switches: Set<string>;
    options: Map<string, string>;
    operands: string[];
  } = { command, help: asked, switches: new Set(), options: new Map(), operands: [], flags: new Map() };
  const { switches, options, operands, flags } = read;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (most === 'rest' && (word === '--' || !word.startsWith('-'))) {
      operands.push(...(word === '--' ? [] : [word]), ...rest);
      break;
    }
    if (!word.startsWith('-')) {
      if (most !== 'rest' && operands.length < most) {
        operands.push(word);
        continue;
      }
      throw usage(`unknown argument "${printable(word)}"`, hintFor(word, named ? command : undefined));
    }
    const [flag = '', inline] = splitOnce(word);
    const own = flag.replace(/^--/, '');
    if (flag === '--help' || flag === '-h') {
      read.help = true;
      continue;
    }
    if (flag === '--version') {
      read.command = 'version';
      continue;
    }
    if (flag === '--client-secret') {
      throw usage(
        '--client-secret is not supported: other programs can read arguments',
        'set DAYPASS_CLIENT_SECRET, or daypass_client_secret in the profile',
      );
    }
    if (known.includes(own) && inline === undefined) {
      switches.add(own);
      continue;
    }
    const name = nameOf(flag);
    const isOption = takesValue.includes(own);
    if (flag === '-p') throw usage('unknown option -p', 'name the profile with --profile');
    if (!name && !isOption) throw usage(`unknown option ${printable(flag)}${named ? ` for ${command}` : ''}`);
    if (name ? flags.has(name) : options.has(own)) throw usage(`${flag} occurs twice`);
    const isSwitch = name && isSettingName(name) && settingOf(name).takes === undefined;
    const value = inline ?? (isSwitch ? 'true' : rest.shift());
    if (value === undefined || (inline === undefined && value.startsWith('--')))
      throw usage(`${flag} needs a value`);
    if (name) flags.set(name, value);
    else options.set(own, value);
  }
  return read;
}

/** Returns a hint for a word in a place that allows none. */
function hintFor(word: string, command: CommandName | undefined): Hint | undefined {
  if (!command && isCommand(word))
    return { advice: 'put the command first', command: `daypass ${word} --profile P` };
  const { operands }: CommandForm = commandForms[command ?? 'credential-process'];
  if (operands !== undefined || !isProfileName(word)) return undefined;
  const named = command ? `${command} --profile ${word}` : `--profile ${word}`;
  return { advice: 'name the profile with --profile', command: `daypass ${named}` };
}

function takeCommand(words: string[]): { command: CommandName; named: boolean } {
  const [first] = words;
  if (first === undefined || first.startsWith('-')) return { command: 'credential-process', named: false };
  if (!isCommand(first)) throw usage(`unknown command "${printable(first)}"`);
  words.shift();
  return { command: first, named: true };
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(commandForms, word) && word !== 'credential-process';
}

/** Returns the setting of a flag: `clientId` for `--client-id`. */
function nameOf(flag: string): SettingName | 'profile' | 'envFile' | undefined {
  const name = flag.slice(2).replace(/-[a-z]/g, (pair) => pair.slice(1).toUpperCase());
  if (flag === '--profile' || flag === '--env-file') return name as 'profile' | 'envFile';
  return isSettingName(name) && spellings(name).flag === flag ? name : undefined;
}

function splitOnce(word: string): [string, string?] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}

function usage(fault: string, hint: string | Hint = { command: 'daypass --help' }): DaypassError {
  return new DaypassError('usage', fault, { hint });
}
