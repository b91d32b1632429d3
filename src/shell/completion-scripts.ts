import { type CommandForm, commandForms } from '../settings/arguments.ts';
import { type Setting, settingNames, settingTable, spellings } from '../settings/setting-table.ts';
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

/**
 * What a word is compared with is never expanded (`compgen -W` runs the commands in its list), and what stands for `--profile=dev` is only
 * the part behind the last character at which bash itself breaks words.
 */
function bash(): string {
  const cases = Object.keys(commandForms)
    .map((name) => {
      const words = flagsOf(name as keyof typeof commandForms).map((flag) => flag.name);
      return `    ${name}) words='${words.join(' ')}' ;;`;
    })
    .join('\n');
  return `# bash completion of daypass
_daypass_offer() {
  local line
  while IFS= read -r line; do
    [[ -n $line && $line == "$word"* ]] && line=$typed$line && COMPREPLY+=("\${line#"$kept"}")
  done <<< "$1"
}
_daypass_files() {
  # bash 3.2 has no compopt.
  compopt -o bashdefault -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$1"))
}
_daypass() {
  local line=\${COMP_LINE:0:COMP_POINT} command=credential-process typed= word before kept words i
  COMPREPLY=()
  [[ $COMP_CWORD -gt 1 && \${COMP_WORDS[1]} != -* ]] && command=\${COMP_WORDS[1]}
  word=\${line##*[[:blank:]]}
  kept=\${word%"$2"}
  if [[ $command == exec ]]; then
    for ((i = 2; i < COMP_CWORD; i++)); do
      [[ \${COMP_WORDS[i]} == -- ]] || continue
      if ((COMP_CWORD > i + 1)) || [[ $word == */* ]]; then
        _daypass_files "$2"
      else
        compopt -o filenames 2>/dev/null
        _daypass_offer "$(compgen -c -- "$word")"
      fi
      return
    done
  fi
  if [[ $word == --*=* ]]; then
    typed=\${word%%=*}= before=\${word%%=*} word=\${word#*=}
  else
    read -r before <<< "\${line%"$word"}"
    before=\${before##*[[:blank:]]}
  fi
  case $before in
${valueCases('    ', (flag, values) =>
  values === 'profiles'
    ? `${flag}) _daypass_offer "$("\${COMP_WORDS[0]}" completion profiles 2>/dev/null)"; return ;;`
    : values === 'files'
      ? `${flag}) _daypass_files "$2"; return ;;`
      : `${flag}) _daypass_offer $'${values.join('\\n')}'; return ;;`,
)}
    ${valueFlags().join('|')}) return ;;
  esac
  if [[ $word != -* ]]; then
    [[ $COMP_CWORD -eq 1 ]] && words='${commandNames.join(' ')}'
    [[ $command == completion && $COMP_CWORD -eq 2 ]] && words='${shells.join(' ')}'
  else
    case $command in
${cases}
    esac
  fi
  _daypass_offer "\${words// /$'\\n'}"
}
complete -F _daypass daypass
`;
}

function zsh(): string {
  const cases = Object.keys(commandForms)
    .map((name) => {
      const specs = flagsOf(name as keyof typeof commandForms).map(zshFlag);
      const { operands = 0 }: CommandForm = commandForms[name as keyof typeof commandForms];
      if (operands === 'rest') specs.push("'(-)*::command:_normal'");
      if (name === 'completion') specs.push(`':shell:(${shells.join(' ')})'`);
      return `    ${name}) flags=(${specs.join(' ')}) ;;`;
    })
    .join('\n');
  return `# zsh completion of daypass
autoload -Uz compinit
(( \${+functions[compdef]} )) || compinit -i
_daypass_profiles() {
  local -a names
  names=(\${(f)"$(daypass completion profiles 2>/dev/null)"})
  compadd "$@" -a names
}
_daypass() {
  local command=credential-process
  local -a flags
  if [[ $words[2] != -* ]]; then
    if (( CURRENT == 2 )); then
      compadd -- ${commandNames.join(' ')}
      return
    fi
    command=$words[2]
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${cases}
  esac
  _arguments -S $flags
}
compdef _daypass daypass
`;
}

function zshFlag({ name, takesValue, values }: Flag): string {
  if (!takesValue) return name;
  const action =
    values === 'profiles'
      ? '_daypass_profiles'
      : values === 'files'
        ? '_files'
        : values
          ? `(${values.join(' ')})`
          : ' ';
  return `'${name}=:value:${action}'`;
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
  return `# fish completion of daypass
function __daypass_command
    set -l words (commandline -opc)
    test "$words[2]" = exec
    and set -l at (contains -i -- -- $words)
    or return 1
    set -e words[1..$at]
    for word in $words
        printf '%s ' (string escape -- $word)
    end
    printf '%s\\n' (commandline -ct)
end
complete -c daypass -f
complete -c daypass -n __daypass_command -a '(complete -C (__daypass_command))'
${lines.join('\n')}
`;
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
