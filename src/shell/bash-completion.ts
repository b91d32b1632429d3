import type { Words } from '../settings/setting-table.ts';
import {
  commands,
  offeredCommands,
  profileCommands,
  profilesCommands,
  shells,
  valueFlags,
} from './completion-flags.ts';

/**
 * Returns the script for bash. It never expands the word that it compares with: `compgen -W` runs commands in
 * its list. For `--profile=dev` it offers only what follows the last character at which bash splits words.
 */
export function bashCompletion(): string {
  const cases = commands
    .map(({ name, flags }) => `    ${name}) words='${flags.map((flag) => flag.name).join(' ')}' ;;`)
    .join('\n');
  const values = valueFlags.flatMap(({ flag: { name, words }, commands: having }) => {
    const patterns =
      having.length === commands.length ? [`*' ${name}'`] : having.map((each) => `'${each} ${name}'`);
    return words ? [`    ${patterns.join('|')}) ${offer(words)}; return ;;`] : [];
  });
  const valueNames = [...new Set(valueFlags.map(({ flag }) => flag.name))];
  return `# bash completion of daypass
_daypass_offer() {
  local line
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
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
  case "$command $before" in
${values.join('\n')}
    ${valueNames.map((name) => `*' ${name}'`).join('|')}) return ;;
  esac
  if [[ $word != -* ]]; then
    [[ $COMP_CWORD -eq 1 ]] && words='${offeredCommands.map(({ name }) => name).join(' ')}'
    [[ $command == completion && $COMP_CWORD -eq 2 ]] && words='${shells.join(' ')}'
    case $command in
    ${profileCommands.map(({ name }) => name).join('|')}) [[ $before != "$command" ]] || ${offer('profiles')} ;;
    ${profilesCommands.map(({ name }) => name).join('|')}) ${offer('profiles')} ;;
    esac
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

function offer(words: Words): string {
  if (words === 'profiles') return `_daypass_offer "$("\${COMP_WORDS[0]}" completion profiles 2>/dev/null)"`;
  return words === 'files' ? '_daypass_files "$2"' : `_daypass_offer $'${words.join('\\n')}'`;
}
