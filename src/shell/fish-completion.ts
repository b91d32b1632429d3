import {
  commands,
  type Flag,
  offeredCommands,
  profileCommands,
  profilesCommands,
  shells,
  valueText,
} from './completion-flags.ts';

/** Returns the script for fish. */
export function fishCompletion(): string {
  const common = commands.find(({ name }) => name === 'credential-process')?.flags ?? [];
  const isCommon = (flag: Flag) => common.some(({ name }) => name === flag.name);
  const lines = [
    ...offeredCommands.map(
      ({ name, text }) => `complete -c daypass -n __fish_use_subcommand -a ${name} -d ${quoted(text)}`,
    ),
    ...common.map((flag) => fishFlag(flag, '')),
    ...offeredCommands.flatMap(({ name, flags }) =>
      flags.filter((flag) => !isCommon(flag)).map((flag) => fishFlag(flag, ` -n '${seen(name)}'`)),
    ),
    `complete -c daypass -n '${seen('completion')}' -a '${shells.join(' ')}'`,
    `complete -c daypass -n '${seen(profileCommands.map(({ name }) => name).join(' '))}; and test (count (commandline -opc)) -eq 2' -a ${profiles}`,
    `complete -c daypass -n '${seen(profilesCommands.map(({ name }) => name).join(' '))}' -a ${profiles}`,
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

function fishFlag({ name, text, takesValue, words }: Flag, condition: string): string {
  const values = takesValue ? completed(name, words) : '';
  return `complete -c daypass${condition} -l ${name.slice(2)} -d ${quoted(text)}${values}`;
}

/** The profiles, each with a tab and its description. */
const profiles = "'(daypass completion profiles 2>/dev/null)'";

function completed(flag: string, words: Flag['words'] = []): string {
  if (words === 'profiles') return ` -x -a ${profiles}`;
  if (words === 'files') return ' -r -F';
  // fish expands this list once more, which makes the tabs.
  const described = words.map((word) => {
    const text = valueText(flag, word);
    return text ? `${word}\\t"${text}"` : word;
  });
  return words.length > 0 ? ` -x -a ${quoted(described.join(' '))}` : ' -x';
}

/** https://fishshell.com/docs/current/language.html#quotes */
function quoted(text: string): string {
  return `'${text.replace(/'/g, "\\'")}'`;
}
