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
  /**
   * The number of words; `profile`: one, the same as `--profile`; `profiles`: any number, besides `--profile`; `rest`:
   * all from the first or from `--` on.
   */
  operands?: number | 'profile' | 'profiles' | 'rest';
  /** Where `--json` writes an error as JSON. Without it the JSON is a document, and an error is text on stderr. */
  jsonErrors?: 'stdout' | 'stderr';
}

export const commandForms = {
  'credential-process': {},
  completion: { switches: ['no-function'], operands: 1 },
  configure: {
    switches: ['yes', 'print', 'json'],
    options: ['from', 'only', 'prefix'],
    operands: 'profile',
    jsonErrors: 'stdout',
  },
  console: { switches: ['print'], options: ['destination', 'federation-endpoint'], operands: 'profile' },
  doctor: { switches: ['json', 'verbose'], operands: 'profile', jsonErrors: 'stdout' },
  env: { options: ['format'], operands: 'profile' },
  // No word is the profile here: it would look like the command, which also owns stdout.
  exec: { switches: ['server', 'json'], operands: 'rest', jsonErrors: 'stderr' },
  login: { switches: ['force', 'json'], operands: 'profile', jsonErrors: 'stdout' },
  logout: { switches: ['all', 'idp', 'json'], operands: 'profile', jsonErrors: 'stdout' },
  settings: {},
  status: {
    switches: ['json', 'verbose', 'verify', 'check-updates'],
    operands: 'profile',
    jsonErrors: 'stdout',
  },
  'trust-policy': { switches: ['all', 'any-user', 'json'], options: ['format'], operands: 'profiles' },
  use: { switches: ['print', 'clear'], operands: 'profile' },
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
      if (most === 'profile') {
        if (flags.has('profile')) throw misused('more than one profile is named', named);
        flags.set('profile', word);
      } else {
        if (most !== 'profiles' && (most === 'rest' || operands.length >= most))
          throw unknownArgument(word, named);
        operands.push(word);
      }
      continue;
    }
    const [flag, inline] = splitOnce(word);
    const own = flag.replace(/^--/, '');
    if (flag === '--help' || flag === '-h') help = true;
    else if (flag === '--version' || flag === '-v') command = 'version';
    else if (known.includes(own) && inline === undefined) switches.add(own);
    else {
      refuseFlag(flag);
      const name = nameOf(flag);
      if (!name && !takesValue.includes(own))
        throw misused(
          `unknown option ${printable(flag)}${named ? ` for ${named}` : ''}`,
          named,
          didYouMean(flag, flagsOf(form)),
        );
      if (name === 'profile' && most === 'profile' && flags.has(name))
        throw misused('more than one profile is named', named);
      if (name ? flags.has(name) : options.has(own)) throw misused(`${flag} occurs twice`, named);
      const isSwitch = name && isSettingName(name) && settingOf(name).takes === undefined;
      const value = inline ?? (isSwitch ? 'true' : rest.shift());
      if (value === undefined || (inline === undefined && value.startsWith('--')))
        throw misused(`${flag} needs a value`, named);
      if (name) flags.set(name, value);
      else options.set(own, value);
    }
  }
  return { command, help, switches, options, operands, flags };
}

/** Returns where an error goes as JSON; undefined if it is text. Without `args` the arguments are wrong. */
export function jsonErrorPlace(argv: readonly string[], args?: Arguments): 'stdout' | 'stderr' | undefined {
  const [name = ''] = argv;
  const end = argv.indexOf('--');
  const asks = args?.switches.has('json') ?? argv.slice(0, end < 0 ? argv.length : end).includes('--json');
  const { jsonErrors }: CommandForm = isCommand(name) ? commandForms[name] : {};
  return asks ? jsonErrors : undefined;
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

/** Returns the error for a word in a place that allows none. */
function unknownArgument(word: string, command: CommandName | undefined): DaypassError {
  const fault = `unknown argument "${printable(word)}"`;
  if (command) return misused(fault, command);
  const [near] = isCommand(word) ? [word] : nearest(word, commandNames);
  const first = near === word ? '' : `did you mean ${near}? `;
  if (near)
    return usage(fault, { advice: `${first}put the command first`, command: `daypass ${near} --profile P` });
  if (!isProfileName(word)) return misused(fault, command);
  const named = `daypass --profile ${shellWord(word)}`;
  return usage(fault, { advice: 'name the profile with --profile', command: named });
}

function takeCommand(words: string[]): CommandName | undefined {
  const [first] = words;
  if (first === undefined || first.startsWith('-')) return undefined;
  if (!isCommand(first)) {
    // A word processor makes one long dash of the two.
    const names = /^\p{Pd}/u.test(first) ? flagsOf(commandForms['credential-process']) : commandNames;
    throw usage(`unknown command "${printable(first)}"`, didYouMean(first, names) ?? helpOf(undefined));
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

function usage(fault: string, hint: string | Hint): DaypassError {
  return new DaypassError('usage', fault, { hint });
}

/** Returns an error whose hint names the help of the command, after a question that may settle it. */
function misused(fault: string, command: CommandName | undefined, question?: string): DaypassError {
  return usage(fault, { ...(question ? { advice: `${question} for help` } : {}), ...helpOf(command) });
}

function helpOf(command: CommandName | undefined): Hint {
  return { command: command ? `daypass ${command} --help` : 'daypass --help' };
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
