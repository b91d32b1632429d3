// Runs every form of a credential_process line with every client, and compares docs/credential-process-line.md:
// case QP03 of docs/threats.md.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Client } from './client.ts';
import { answersOf, openClientStage, record } from './client-stage.ts';
import { quotedLines } from './quoted-lines.ts';

/** The columns of the table: these clients read a line alike. */
const columns: Record<string, readonly string[]> = {
  'AWS CLI, boto3': ['AWS CLI', 'AWS CLI 1, newest', 'boto3', 'boto3, newest'],
  JavaScript: ['JavaScript v3, default chain', 'JavaScript v3, fromIni', 'JavaScript v2'],
  'Go of Debian': ['Go v1', 'Go v2', 'rclone'],
  'Go, newest': ['Go v2, newest'],
  Ruby: ['Ruby'],
  CRT: ['CRT'],
  Java: ['Java v2'],
  Rust: ['Rust'],
  restic: ['restic'],
};

test('QP03 the table of credential_process lines says which client runs which form', async (t) => {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  const { home } = stage.sandbox;
  // Kotlin reads a line by the SDK for Java.
  const clients = stage.clients.filter(({ name }) => name !== 'Kotlin');
  const results: Record<string, Record<string, string>> = {};
  const ran = new Map<string, number>();
  const problems: string[] = [];
  let number = 0;
  const attempt = async ({ name, words, env, asks }: Client, LC_ALL: string) => {
    // restic makes a repository only where there is none.
    const own = words.map((word) => word.replace(/\/backups$/, `/backups-${number}`));
    const result = await stage.sandbox.runProgram(own, {
      env: { ...env, REQUESTS: '1', LC_ALL },
      timeoutMs: 150_000,
    });
    const isWell = asks ? answersOf(result)[0]?.startsWith('ok ') : result.code === 0;
    return { name, isWell: isWell === true };
  };
  for (const [form, line] of quotedLines(join(home, 'forms'))) {
    number += 1;
    const profile = `[PROFILE]\ncredential_process = ${line} --profile developer\n`;
    stage.sandbox.writeConfig(
      `${stage.config()}${profile.replace('[PROFILE]\n', '')}\n[profile other]\nregion = eu-west-1\n`,
    );
    mkdirSync(join(home, '.aws'), { recursive: true });
    writeFileSync(join(home, '.aws/credentials'), profile.replace('PROFILE', 'developer'), { mode: 0o600 });
    const answers = await Promise.all(
      clients.map((client) => attempt(client, /without a UTF-8/.test(form) ? 'C' : 'C.UTF-8')),
    );
    const row: Record<string, string> = {};
    for (const { name, isWell } of answers) {
      const [column] = Object.entries(columns).find(([, names]) => names.includes(name)) ?? [];
      assert.ok(column, `${name} belongs to no column of docs/credential-process-line.md`);
      const said = isWell ? 'yes' : '–';
      row[column] ??= said;
      if (row[column] !== said) problems.push(`${form}: ${name} differs from ${column}`);
      if (isWell) ran.set(name, (ran.get(name) ?? 0) + 1);
    }
    results[form] = row;
  }
  const page = readFileSync(join(import.meta.dirname, '../../docs/credential-process-line.md'), 'utf8');
  const written = tableOf(page);
  for (const [form, row] of Object.entries(results)) {
    // The columns of clients that are not installed stay as they are.
    const cells = Object.keys(columns).map((column) => row[column] ?? written[form]?.[column]);
    const isWritten = page.includes(`| ${[form, ...cells].join(' | ')} |`);
    if (!isWritten) problems.push(`not in the table: | ${[form, ...cells].join(' | ')} |`);
  }
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.keys(written), Object.keys(results));
  for (const { name } of clients) {
    const runs = ran.get(name) ?? 0;
    const cost = { starts: runs, tabs: 0, sts: 0 };
    record('QP03 forms of a line', name, cost, { result: `runs ${runs} of ${number}` });
  }
});

/** Returns the cells of the first table of a page, by row and column. */
function tableOf(page: string): Record<string, Record<string, string>> {
  const [first = ''] = /^\|.*(\n\|.*)*/m.exec(page) ?? [];
  const cells = first.split('\n').map((line) =>
    line
      .split(/(?<!\\) ?\| ?/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const [head = [], , ...rows] = cells;
  return Object.fromEntries(
    rows.map(([form = '', ...answers]) => [
      form,
      Object.fromEntries(answers.map((answer, index) => [head[index + 1] ?? '', answer])),
    ]),
  );
}
