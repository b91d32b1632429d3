import { exitCodeFacts } from './exit-codes.ts';
import { asSentence, table, wrap } from './markup.ts';
import { type SettingFacts, settingFacts } from './setting-facts.ts';
import { aboutSources } from './shared-texts.ts';
import { files, variables } from './surroundings.ts';

const width = 120;

/** Returns docs/settings.md. */
export function settingsPage(): string {
  const facts = settingFacts();
  return `<!-- \`npm run docs\` writes this page from the tables in src/ and the texts in scripts/docs/. -->

# Settings

${paragraphs(aboutSources)}

The file of \`--env-file\` has lines such as \`DAYPASS_ISSUER=https://login.example.com\`. It may be a pipe such as
\`<(…)\` if the launcher or \`node --\` starts daypass; otherwise Node reads the pipe first, and daypass reports that it is
empty. \`daypass settings\` prints the list of all settings on a terminal.

## All settings

${table(['profile key', 'flag · environment', 'meaning (default)'], facts.map(row))}

Every command also accepts \`--profile\` (\`AWS_PROFILE\`), \`--env-file\` and \`--help\`. The settings without a flag are
those of all AWS clients, and the client secret.

\`daypass_from\` is a key too, but no setting: \`configure --from\` writes it into each profile of a team's file, and
remembers in it where the file is ([administrators.md](administrators.md#roll-out-and-update)). It changes no credentials.

## Each setting

${facts.map(section).join('\n\n')}

## Other variables

${table(
  ['variable', 'meaning'],
  variables.map(([names, meaning]) => [names, withinPage(meaning)]),
)}

## Files

${table(['file', 'content'], files)}

## Exit codes

[troubleshooting.md](troubleshooting.md) has a section for each code word.

${table(
  ['exit code', 'meaning', 'code words'],
  exitCodeFacts().map(({ exitCode, meaning, codes }) => [
    String(exitCode),
    meaning,
    codes.map((code) => `[\`${code}\`](troubleshooting.md#${code})`).join(', ') || '–',
  ]),
)}

\`daypass exec\` otherwise ends with the exit code of the command that it ran.
`;
}

function row({ key, flag, variables: names, summary, fallback, isRequired }: SettingFacts): string[] {
  const spelled = [...(flag === undefined ? [] : [flag]), names.join(', ')].map((text) =>
    text
      .split(', ')
      .map((name) => `\`${name}\``)
      .join(', '),
  );
  const note = isRequired ? ' (required)' : fallback === undefined ? '' : ` (${fallback})`;
  return [`[\`${key}\`](#${key})`, spelled.join(' · '), `${summary}${note}`];
}

function section({ key, flag, variables: names, summary, note, rule, fallback, isRequired }: SettingFacts) {
  const spellings = [...(flag === undefined ? [] : [flag]), ...names].map((name) => `\`${name}\``);
  const facts = [
    spellings.join(' · '),
    ...(isRequired ? ['required'] : []),
    ...(fallback === undefined ? [] : [`default: ${fallback}`]),
  ];
  const words = [
    asSentence(summary),
    withinPage(note),
    ...(rule === undefined ? [] : [`The value ${rule}.`]),
  ];
  return `### \`${key}\`\n\n${wrap(facts.join(' · '), width).join('\n')}\n\n${paragraphs([words.join(' ')])}`;
}

function paragraphs(texts: readonly string[]): string {
  return texts.map((text) => wrap(text, width).join('\n')).join('\n\n');
}

/** Links to this page lead to a heading of it. */
function withinPage(text: string): string {
  return text.replaceAll('](settings.md#', '](#');
}
