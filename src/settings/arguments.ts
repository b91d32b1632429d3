import { resolve } from 'node:path';
import { isProfileName } from '../aws-config/lines.ts';
import { DaypassError, type Hint } from '../errors.ts';
import { didYouMean, nearest } from '../terminal/nearest.ts';
import { printable } from '../terminal/printable.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { splitOnce } from './parse-values.ts';
import { isSettingName, type SettingName, settingNames, settingOf, spellings } from './setting-table.ts';

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
  configure: { switches: ['yes', 'print'] },
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

/** `--client-id X` as `['clientId', 'X']`. */
export type Flags = ReadonlyMap<FlagName, string>;

type FlagName = SettingName | 'profile' | 'envFile';

export interface Arguments {
  command: CommandName;
  /** The caller wants only the help of the command. */
  help: boolean;
  switches: ReadonlySet<string>;
  options: ReadonlyMap<string, string>;
  operands: readonly string[];
  flags: Flags;
}

/** Parses argv without node and script. Throws `usage`, and never repeats a value, which may be a secret. */
export function parseArguments(argv: readonly string[]): Arguments {
  const rest = [...argv];
  let help = rest[0] === 'help';
  if (help) rest.shift();
  const named = takeCommand(rest);
  let command: CommandName = named ?? 'credential-process';
  const form: CommandForm = commandForms[command];
  const { switches: known = [], options: takesValue = [], operands: most = 0 } = form;
  const switches = new Set<string>();
  const options = new Map<string, string>();
  const operands: string[] = [];
  const flags = new Map<FlagName, string>();
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (most === 'rest' && (word === '--' || !word.startsWith('-'))) {
      operands.push(...(word === '--' ? [] : [word]), ...rest);
      break;
    }
    if (!word.startsWith('-')) {
      if (most === 'rest' || operands.length >= most)
        throw usage(`unknown argument "${printable(word)}"`, hintFor(word, named));
      operands.push(word);
      continue;
    }
    const [flag, inline] = splitOnce(word);
    const own = flag.replace(/^--/, '');
    if (flag === '--help' || flag === '-h') help = true;
    else if (flag === '--version') command = 'version';
    else if (known.includes(own) && inline === undefined) switches.add(own);
    else {
      refuseFlag(flag);
      const name = nameOf(flag);
      if (!name && !takesValue.includes(own))
        throw usage(
          `unknown option ${printable(flag)}${named ? ` for ${named}` : ''}`,
          didYouMean(flag, flagsOf(form)),
        );
      if (name ? flags.has(name) : options.has(own)) throw usage(`${flag} occurs twice`);
      const isSwitch = name && isSettingName(name) && settingOf(name).takes === undefined;
      const value = inline ?? (isSwitch ? 'true' : rest.shift());
      if (value === undefined || (inline === undefined && value.startsWith('--')))
        throw usage(`${flag} needs a value`);
      if (name) flags.set(name, value);
      else options.set(own, value);
    }
  }
  return { command, help, switches, options, operands, flags };
}

/** Throws `usage` for a flag that people expect and daypass does not have. */
function refuseFlag(flag: string): void {
  if (flag === '-p') throw usage('unknown option -p', 'name the profile with --profile');
  if (flag !== '--client-secret') return;
  throw usage(
    '--client-secret is not supported: other programs can read arguments',
    'set DAYPASS_CLIENT_SECRET, or daypass_client_secret in the profile',
  );
}

/** Returns a hint for a word in a place that allows none. */
function hintFor(word: string, command: CommandName | undefined): Hint | undefined {
  if (!command && isCommand(word))
    return { advice: 'put the command first', command: `daypass ${word} --profile P` };
  const { operands }: CommandForm = commandForms[command ?? 'credential-process'];
  const [near] = command ? [] : nearest(word, commandNames);
  if (near)
    return { advice: `did you mean ${near}? put the command first`, command: `daypass ${near} --profile P` };
  if (operands !== undefined || !isProfileName(word)) return undefined;
  const named = command ? `${command} --profile ${shellWord(word)}` : `--profile ${shellWord(word)}`;
  return { advice: 'name the profile with --profile', command: `daypass ${named}` };
}

function takeCommand(words: string[]): CommandName | undefined {
  const [first] = words;
  if (first === undefined || first.startsWith('-')) return undefined;
  if (!isCommand(first)) {
    // A word processor makes one long dash of the two.
    const names = /^\p{Pd}/u.test(first) ? flagsOf(commandForms['credential-process']) : commandNames;
    throw usage(`unknown command "${printable(first)}"`, didYouMean(first, names));
  }
  words.shift();
  return first;
}

const commandNames = Object.keys(commandForms).filter(isCommand);

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(commandForms, word) && word !== 'credential-process';
}

/** Returns every flag that a command accepts. */
function flagsOf({ switches = [], options = [] }: CommandForm): string[] {
  const own = [...switches, ...options].map((name) => `--${name}`);
  const settings = settingNames.flatMap((name) => spellings(name).flag ?? []);
  return ['--profile', '--env-file', '--help', '--version', ...own, ...settings];
}

/** Returns the setting of a flag: `clientId` for `--client-id`. */
function nameOf(flag: string): FlagName | undefined {
  const name = flag.slice(2).replace(/-[a-z]/g, (pair) => pair.slice(1).toUpperCase());
  if (flag === '--profile' || flag === '--env-file') return name as 'profile' | 'envFile';
  return isSettingName(name) && spellings(name).flag === flag ? name : undefined;
}

function usage(fault: string, hint: string | Hint | undefined = { command: 'daypass --help' }): DaypassError {
  return new DaypassError('usage', fault, { hint });
}

/**
 * Returns the `daypass login` arguments for the session of a call with these flags: without its --store or
 * --issuer that would be another one. `forbidden`: the profile or the environment allows no browser.
 */
export function signInFlags(profile: string, flags: Flags, { forbidden }: { forbidden: boolean }): string {
  const words = given('--profile', profile);
  for (const [name, value] of flags) {
    // These concern one call only: how long it waits, and that it must not ask.
    if (name === 'profile' || name === 'timeout' || name === 'nonInteractive') continue;
    // As an absolute path: the person may run the command in another directory.
    if (name === 'envFile') words.push(...given('--env-file', resolve(value)));
    else {
      const { flag } = spellings(name);
      if (flag) words.push(...given(flag, value, settingOf(name).takes === undefined));
    }
  }
  if (forbidden && !flags.has('nonInteractive')) words.push('--non-interactive=false');
  return words.map((word) => shellWord(word)).join(' ');
}

/** Returns one word where `parseArguments` would not read the value from the next word. */
function given(flag: string, value: string, isSwitch = false): string[] {
  if (isSwitch && value === 'true') return [flag];
  return isSwitch || value.startsWith('--') ? [`${flag}=${value}`] : [flag, value];
}
