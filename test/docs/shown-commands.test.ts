// Runs the commands that the pages show: daypass itself, with a real provider and keyring, in a shell. The AWS CLI checks
// its own commands against its models. Other programs have a stand-in that checks the variables it gets.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startLocalFederation } from '../support/local-federation.ts';
import { fencedBlocks, pagePaths, readPage, type ShownCommand, shellCommands } from '../support/pages.ts';
import { daypassFile } from '../support/sandbox.ts';
import { openStage, signInProgram } from '../support/stage.ts';

const otherRole = 'arn:aws:iam::210987654321:role/Audit';

/** A reason why commands are not run: those of one page if it names one, otherwise those of all pages. */
type NotRun = readonly [commands: RegExp, reason: string, page?: string];

const notRun: readonly NotRun[] = [
  [/(^|&& |\S=\S+ )(npm|npx) /, 'works on the whole repository: the gate runs it, or a test of its own'],
  [/^node --inspect-brk/, 'waits for a debugger'],
  [/^cp "\$\(npm root/, 'copies the launcher of an installed package: launcher.test.ts'],
  [/^~\/\.local\/bin\/daypass/, 'starts the launcher of an installed package: launcher.test.ts'],
  [/^daypass login .*--browser none/, 'waits for a person at a terminal: faults/no-person.test.ts'],
  [/^exec firefox /, 'is a line of a script: the last test here', 'docs/recipes.md'],
  [/^systemctl --user/, 'changes the services of the user'],
  [/^(New|Add|Get|Grant)-Adfs|^-Identifier /, 'is for PowerShell on a server with AD FS'],
  [/^(auth0|az|kcadm\.sh) |^curl .*gitlab/s, "registers at a provider, with that provider's program"],
  [/^(?!daypass )/, 'installs a package: test/packages/', 'docs/install.md'],
  [
    /^(bash|zsh|fish|PowerShell) {3}/,
    'is a line of help that names the shell: completion.test.ts',
    'docs/commands.md',
  ],
  [
    /^daypass configure --from https:/,
    "fetches a file from a company's server: commands/configure-from.test.ts",
  ],
  [/^daypass configure --from aws-profiles\.ini$/, "reads a company's file: commands/configure-from.test.ts"],
  [/\| source$/, 'is for fish: shell-formats.test.ts, use-function.test.ts'],
  [/\| Out-String/, 'is for PowerShell: shell-formats.test.ts', 'docs/commands.md'],
];

/** The exit codes of commands that do not end with 0, each with the reason. */
const otherCodes: readonly [commands: RegExp, codes: readonly number[], reason: string][] = [
  [/^daypass (completion|exec)$/, [64], 'the text names the command, without the word that it needs'],
  [/^daypass exec developer -- aws$/, [127], 'the text says that this word is no profile'],
  [/^daypass use\b(?!.*--print)/, [64], 'the shell that runs it has no function'],
  [/^aws cognito-idp create/, [0, 252], 'the AWS CLI 2.9 then rejects the answer that it makes up'],
];

/** Replaces the placeholders of the pages, which are words in capitals. */
const placeholders: readonly [RegExp, string][] = [
  [/(?<=--profile )P\b/g, 'developer'],
  [/(?<=-- (?:nohup )?)(CMD|COMMAND|TOOL)\b/g, 'true'],
  [/(?<=^daypass )COMMAND\b/g, 'login'],
  [/(?<=--role-arn )…/g, otherRole],
  [/%h\b/g, '"$HOME"'],
  [/^\/usr\/local\/bin\/daypass\b/g, 'daypass'],
  [/\/usr\/bin\/aws\b/g, 'aws'],
];

const standIns: Readonly<Record<string, string>> = {
  // It validates the parameters of a command and asks no server. STS is the local one.
  aws: `case "$1" in
  sts) exec /usr/bin/aws "$@" --endpoint-url "$DAYPASS_STS_ENDPOINT" ;;
  s3) [ -n "$AWS_SESSION_TOKEN" ] ;;
  *) exec /usr/bin/aws "$@" --generate-cli-skeleton output ;;
esac`,
  // It reads the variables that docker would pass.
  docker: `count=0
while [ $# -gt 0 ]; do
  case "$1" in
    -e) [ -n "$(printenv "$2")" ] || exit 9; count=$((count + 1)); shift ;;
    --env-file) grep -q '^AWS_SESSION_TOKEN=[A-Za-z0-9+/=]*$' "$2" || exit 9; count=$((count + 1)); shift ;;
  esac
  shift
done
[ $count -gt 0 ]`,
  s5cmd: '[ -n "$AWS_SESSION_TOKEN" ]',
  terraform: '[ -n "$AWS_CONTAINER_AUTHORIZATION_TOKEN" ]',
  'google-chrome': `[ "$1" = '--profile-directory=Profile 1' ] && [ $# = 2 ] && exec ${signInProgram} "$2"`,
};

/** How a command begins that may run here. Any other could change this machine: it needs a row above. */
const mayRun =
  /^(?:\(umask 077; |for \w+ in [\w ]+; do )?(?:daypass|aws|docker|printf|export|test|eval "\$\(daypass|rm aws\.env$)(?=\s|$)/;

/** Programs that would change this machine or ask a server, also within a command that may run. */
const forbidden = [
  'sudo',
  'apt',
  'dnf',
  'rpm',
  'brew',
  'git',
  'curl',
  'wget',
  'systemctl',
  'terraform',
  'nix',
];

/** Returns whether the row is about this command of this page. */
function isAbout([pattern, , only]: NotRun, { page, text }: ShownCommand): boolean {
  return pattern.test(text) && (only === undefined || only === page);
}

test('a command that could change this machine may not run', () => {
  for (const text of [
    'useradd ada',
    'crontab -',
    'rm -r ~/.aws',
    'rm aws.env /etc/passwd',
    'awscli',
    'eval "$(x)"',
  ])
    assert.doesNotMatch(text, mayRun);
});

test('every command that a page shows runs', async (t) => {
  const stage = await openStage();
  const federation = await startLocalFederation();
  t.after(async () => {
    await federation.stop();
    await stage.close();
  });
  const { sandbox, provider, sts, trust } = stage;
  trust.push({ ...trust[0], roleArn: otherRole } as (typeof trust)[number]);
  const bin = join(sandbox.home, 'bin');
  mkdirSync(bin);
  symlinkSync(daypassFile, join(bin, 'daypass'));
  const programs = { ...Object.fromEntries(forbidden.map((name) => [name, 'exit 126'])), ...standIns };
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const here = (text: string) =>
    text
      .replaceAll('/usr/local/bin/daypass', join(bin, 'daypass'))
      .replaceAll('https://login.example.com', provider.issuer)
      .replaceAll('0oa1b2c3', provider.clientId);
  const profiles = ['docs/recipes.md', 'docs/administrators.md'].flatMap((page) =>
    fencedBlocks(readPage(page), 'ini').filter((block) => /^(#.*\n|\n)*\[profile /.test(block)),
  );
  const config = here(profiles.join('\n'));
  const env = {
    PATH: `${bin}:${sandbox.env.PATH}`,
    AWS_PROFILE: 'developer',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    DAYPASS_STS_ENDPOINT: sts.url,
    DAYPASS_BROWSER: signInProgram,
    DAYPASS_AUTHORIZE_PARAMS: 'prompt=consent',
  };
  const run = (text: string) => sandbox.runProgram(['/bin/bash', '-c', text], { env, timeoutMs: 90_000 });

  const shown = pagePaths().flatMap(shellCommands);
  const ran = new Set<string>();
  const left = new Map<string, Set<string>>();
  const faults: string[] = [];
  let isSignedOut = true;
  for (const each of shown) {
    const { page, text } = each;
    const reason = notRun.find((row) => isAbout(row, each))?.[1];
    if (reason !== undefined) {
      left.set(reason, (left.get(reason) ?? new Set()).add(text));
      continue;
    }
    const command = here(
      placeholders.reduce((result, [pattern, value]) => result.replace(pattern, value), text),
    )
      .replace(/(?<=--issuer )\S+/, provider.issuer)
      .replace(/(?<=configure .*--client-id )\S+/s, provider.clientId);
    if (ran.has(command)) continue;
    ran.add(command);
    if (!mayRun.test(command)) {
      faults.push(`${page}: ${command} is no command that may run here`);
      continue;
    }
    sandbox.writeConfig(config);
    if (/--browser/.test(command)) await run('daypass logout --all');
    else if (isSignedOut && !/^daypass (logout|configure|settings|--version)/.test(command))
      await run('daypass login');
    isSignedOut = /^daypass logout/.test(command);
    const isConsole = /^daypass console/.test(command);
    const result = await run(isConsole ? `${command} --federation-endpoint ${federation.endpoint}` : command);
    const codes = otherCodes.find(([pattern]) => pattern.test(command))?.[1] ?? [0];
    if (!codes.includes(result.code ?? -1))
      faults.push(`${page}: ${command}\n${result.code} ${result.stderr}${result.stdout.slice(0, 300)}`);
    if (result.code !== 0) stage.assertNoLeak(result);
  }
  assert.deepEqual(faults, []);
  // A pattern without a command is out of date.
  for (const row of notRun.filter(([, , only]) => only === undefined || pagePaths().includes(only)))
    assert.ok(
      shown.some((each) => isAbout(row, each)),
      `${row[0]}`,
    );
  for (const [pattern] of otherCodes)
    assert.ok(
      [...ran].some((text) => pattern.test(text)),
      `${pattern}`,
    );
  const count = [...left.values()].reduce((sum, { size }) => sum + size, 0);
  t.diagnostic(`${ran.size} commands run, ${count} not run:`);
  for (const [reason, commands] of left)
    t.diagnostic(`not run, as it ${reason}: ${[...commands].map((text) => text.split('\n')[0]).join('; ')}`);
});

test('the script for containers gives Firefox one address with the whole link', () => {
  const script =
    fencedBlocks(readPage('docs/recipes.md'), 'sh').find((block) => block.startsWith('#!')) ?? assert.fail();
  const shown = script.replace('exec firefox', "printf '%s\\n'");
  const link = `http://127.0.0.1:43210/start/${'aZ09_-'.repeat(7)}`;
  const given = execFileSync('/bin/sh', ['-c', shown, 'firefox-work', link], { encoding: 'utf8' });
  assert.equal(given, `ext+container:name=Work&url=${link}\n`);
});
