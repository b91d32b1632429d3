import { commands, type Flag, offeredCommands, shells } from './completion-flags.ts';

/** Returns the script for fish. */
export function fishCompletion(): string {
  const common = commands.find(({ name }) => name === 'credential-process')?.flags ?? [];
  const isCommon = (flag: Flag) => common.some(({ name }) => name === flag.name);
  const lines = [
    ...offeredCommands.map(({ name }) => `complete -c daypass -n __fish_use_subcommand -a ${name}`),
    ...common.map((flag) => fishFlag(flag, '')),
    ...offeredCommands.flatMap(({ name, flags }) =>
      flags.filter((flag) => !isCommon(flag)).map((flag) => fishFlag(flag, ` -n '${seen(name)}'`)),
    ),
    `complete -c daypass -n '${seen('completion')}' -a '${shells.join(' ')}'`,
  ];
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

function seen(command: string): string {
  return `__fish_seen_subcommand_from ${command}`;
}

function fishFlag({ name, takesValue, words }: Flag, condition: string): string {
  return `complete -c daypass${condition} -l ${name.slice(2)}${takesValue ? completed(words) : ''}`;
}

function completed(words: Flag['words'] = []): string {
  if (words === 'profiles') return " -x -a '(daypass completion profiles 2>/dev/null)'";
  if (words === 'files') return ' -r -F';
  return words.length > 0 ? ` -x -a '${words.join(' ')}'` : ' -x';
}
