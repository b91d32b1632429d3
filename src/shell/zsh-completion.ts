import { commands, type Flag, offeredCommands, shells } from './completion-flags.ts';

/** Returns the script for zsh. */
export function zshCompletion(): string {
  const cases = commands
    .map(({ name, operands, flags }) => {
      const specs = flags.map(specOf);
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
      compadd -- ${offeredCommands.map(({ name }) => name).join(' ')}
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

function specOf({ name, takesValue, words }: Flag): string {
  return takesValue ? `'${name}=:value:${actionOf(words)}'` : name;
}

function actionOf(words: Flag['words'] = []): string {
  if (words === 'profiles') return '_daypass_profiles';
  if (words === 'files') return '_files';
  return words.length > 0 ? `(${words.join(' ')})` : ' ';
}
