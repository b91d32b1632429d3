import { type CommandForm, commandForms } from './settings/arguments.ts';
import { type Setting, settingNames, settingTable, spellings } from './settings/setting-table.ts';
import { shellFormats } from './shell-formats.ts';

interface Flag {
  name: string;
  /** Words that it takes; `profiles` and `files` are looked up as they are typed, nothing is known of the others. */
  values?: readonly string[] | 'profiles' | 'files';
  takesValue: boolean;
}

const commandNames = Object.keys(commandForms).filter(
  (name) => name !== 'credential-process' && name !== 'version',
);

const known: Record<string, Flag['values']> = {
  '--store': ['keychain', 'file'],
  '--redirect-host': ['127.0.0.1', 'localhost'],
  '--browser': ['none'],
  '--source-profile': 'profiles',
  '--log': 'files',
  '--format': Object.keys(shellFormats),
};

/** As the parser of arguments knows them, so that a new one is completed from its first day. */
function flagsOf(command: keyof typeof commandForms): Flag[] {
  const { switches = [], options = [] }: CommandForm = commandForms[command];
  const settings = settingNames.flatMap((name) => {
    const { flag } = spellings(name);
    const setting: Setting<unknown> = settingTable[name];
    return flag ? [{ name: flag, takesValue: !setting.isSwitch, values: known[flag] }] : [];
  });
  return [
    { name: '--profile', takesValue: true, values: 'profiles' as const },
    ...switches.map((name) => ({ name: `--${name}`, takesValue: false })),
    ...options.map((name) => ({ name: `--${name}`, takesValue: true, values: known[`--${name}`] })),
    { name: '--env-file', takesValue: true, values: 'files' as const },
    { name: '--help', takesValue: false },
    ...settings,
  ].map(({ values, ...flag }: Flag) => ({ ...flag, ...(values ? { values } : {}) }));
}

const shells = ['bash', 'zsh', 'fish'];

export const completionScripts = { bash, zsh, fish };

function bash(): string {
  const cases = Object.keys(commandForms)
    .map((name) => {
      const words = flagsOf(name as keyof typeof commandForms).map((flag) => flag.name);
      return `    ${name}) words='${words.join(' ')}' ;;`;
    })
    .join('\n');
  return `# bash completion of daypass
_daypass() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=credential-process words i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      exec) [[ $i -eq 1 ]] && command=exec ;;
      --) return ;;
    esac
  done
  [[ $COMP_CWORD -gt 1 && \${COMP_WORDS[1]} != -* ]] && command=\${COMP_WORDS[1]}
  COMPREPLY=()
  case $before in
${valueCases('    ', (flag, values) =>
  values === 'profiles'
    ? `${flag}) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" completion profiles 2>/dev/null)" -- "$word")); return ;;`
    : values === 'files'
      ? `${flag}) COMPREPLY=($(compgen -f -- "$word")); return ;;`
      : `${flag}) COMPREPLY=($(compgen -W '${values.join(' ')}' -- "$word")); return ;;`,
)}
    ${valueFlags().join('|')}) return ;;
  esac
  if [[ $word != -* ]]; then
    [[ $COMP_CWORD -eq 1 ]] && COMPREPLY=($(compgen -W '${commandNames.join(' ')}' -- "$word"))
    [[ $command == completion && $COMP_CWORD -eq 2 ]] && COMPREPLY=($(compgen -W '${shells.join(' ')}' -- "$word"))
    return
  fi
  case $command in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _daypass daypass
`;
}

/** zsh runs bash's completions as they are. */
function zsh(): string {
  return `# zsh completion of daypass
autoload -Uz compinit bashcompinit
(( \${+functions[compdef]} )) || compinit -u
bashcompinit
${bash()}`;
}

function fish(): string {
  const seen = (command: string) => `__fish_seen_subcommand_from ${command}`;
  const lines = commandNames.map((name) => `complete -c daypass -n __fish_use_subcommand -a ${name}`);
  const all = flagsOf('credential-process');
  lines.push(...all.map((flag) => fishFlag(flag, '')));
  for (const name of commandNames) {
    const own = flagsOf(name as keyof typeof commandForms).filter(
      (flag) => !all.some((other) => other.name === flag.name),
    );
    lines.push(...own.map((flag) => fishFlag(flag, ` -n '${seen(name)}'`)));
  }
  lines.push(`complete -c daypass -n '${seen('completion')}' -a '${shells.join(' ')}'`);
  return `# fish completion of daypass\ncomplete -c daypass -f\n${lines.join('\n')}\n`;
}

function fishFlag({ name, takesValue, values }: Flag, condition: string): string {
  const words =
    values === 'profiles'
      ? " -a '(daypass completion profiles 2>/dev/null)'"
      : values === 'files'
        ? ' -F'
        : values
          ? ` -a '${values.join(' ')}'`
          : '';
  return `complete -c daypass${condition} -l ${name.slice(2)}${takesValue ? ' -x' : ''}${words}`.replace(
    '-x -F',
    '-r -F',
  );
}

function valueFlags(): string[] {
  const flags = Object.keys(commandForms).flatMap((name) => flagsOf(name as keyof typeof commandForms));
  return [...new Set(flags.filter(({ takesValue }) => takesValue).map(({ name }) => name))];
}

function valueCases(
  indent: string,
  line: (flag: string, values: NonNullable<Flag['values']>) => string,
): string {
  const flags = Object.keys(commandForms).flatMap((name) => flagsOf(name as keyof typeof commandForms));
  const byName = new Map(flags.map((flag) => [flag.name, flag.values]));
  return [...byName].flatMap(([name, values]) => (values ? [indent + line(name, values)] : [])).join('\n');
}
