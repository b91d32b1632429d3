import { singleQuoted } from '../terminal/shell-word.ts';
import { commands, type Flag, offeredCommands, shells, valueText } from './completion-flags.ts';

/**
 * Returns the script for zsh, which works with `eval`, and as the file `_daypass` in a folder of `fpath`: zsh then runs
 * the whole file as the function, at the first completion.
 */
export function zshCompletion(): string {
  const cases = commands
    .map(({ name, operands, flags }) => {
      const specs = flags.map(specOf);
      if (operands === 'rest') specs.push("'(-)*::command:_normal'");
      if (operands === 'profile') specs.push("'::profile:_daypass_profiles'");
      if (operands === 'profiles') specs.push("'*:profile:_daypass_profiles'");
      if (name === 'completion') specs.push(`':shell:(${shells.join(' ')})'`);
      return `    ${name}) flags=(${specs.join(' ')}) ;;`;
    })
    .join('\n');
  return `#compdef daypass
# zsh completion of daypass
autoload -Uz compinit
(( \${+functions[compdef]} )) || compinit -i
_daypass_profiles() {
  local line
  local -a names shown
  for line in \${(f)"$(daypass completion profiles 2>/dev/null)"}; do
    names+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  -- }")
  done
  compadd "$@" -l -d shown -a names
}
_daypass() {
  local command=credential-process
  local -a flags
  if [[ $words[2] != -* ]]; then
    if (( CURRENT == 2 )); then
      local -a offered=(${offeredCommands.map(({ name, text }) => singleQuoted(`${name}:${text}`)).join(' ')})
      _describe command offered
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
if [[ \${funcstack[1]-} == _daypass ]]; then _daypass "$@"; else compdef _daypass daypass; fi
`;
}

function specOf({ name, text, takesValue, words }: Flag): string {
  const explained = `[${text}]`;
  return singleQuoted(
    takesValue ? `${name}=${explained}:value:${actionOf(name, words)}` : `${name}${explained}`,
  );
}

function actionOf(flag: string, words: Flag['words'] = []): string {
  if (words === 'profiles') return '_daypass_profiles';
  if (words === 'files') return '_files';
  if (words.length === 0) return ' ';
  if (!words.some((word) => valueText(flag, word))) return `(${words.join(' ')})`;
  const described = words.map((word) => {
    const text = valueText(flag, word);
    return text ? `${word}\\:${singleQuoted(text)}` : word;
  });
  return `((${described.join(' ')}))`;
}
