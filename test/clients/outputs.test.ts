// stdout and stderr are exact to the byte: cases C19 and C20 of docs/threats.md.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { assertVersion1 } from '../support/credentials-format.ts';
import { type RunResult, testedProgram } from '../support/sandbox.ts';
import { signInProgram } from '../support/stage.ts';
import { recordWrites } from '../support/write-recorder.ts';
import { type ClientStage, openClientStage, record } from './client-stage.ts';
import { ours } from './matrix.ts';

test('C19 stdout gets one line of ASCII in one write, for every pipe and token', async (t) => {
  const stage = await openClientStage(t);
  for (const tokenBytes of [100, 700, 2000, 6000]) {
    await t.test(`a session token of ${tokenBytes} bytes`, async () => {
      stage.sts.tokenBytes = tokenBytes;
      assert.equal((await stage.daypass(['login', '--force'])).code, 0);
      const recorder = recordWrites(stage);
      try {
        const cost = await stage.cost(async () => {
          const { code, stdout, stderr } = await recorder.run();
          assert.deepEqual([code, stderr], [0, '']);
          assert.ok(assertVersion1(stdout).SessionToken.length >= tokenBytes);
          const written = recorder.writes().filter(({ descriptor }) => descriptor === 1 || descriptor === 2);
          assert.deepEqual(
            written.map(({ data }) => data.toString()),
            [stdout],
          );
        });
        record(`C19 a token of ${tokenBytes} bytes`, 'daypass', cost, {
          expected: ours(1),
          result: 'one line in one write',
        });
      } finally {
        recorder.remove();
      }
    });
  }
});

/** Calls that end with an error, and the text that names the fault. */
const errors: Record<string, (stage: ClientStage) => Promise<RunResult>> = {
  'sign-in-needed': (stage) => stage.daypass(['--non-interactive']),
  usage: (stage) => stage.daypass(['--no-such-flag']),
  'unknown-profile': (stage) => stage.sandbox.run(['--profile', 'unknown']),
  'bad-configuration': (stage) => {
    stage.configure({
      daypass_duration: '1',
      daypass_role_arn: 'x'.repeat(3000),
      daypass_issuer: 'http://x',
    });
    return stage.daypass();
  },
  'browser-not-started': (stage) => {
    stage.configure({ daypass_browser: '/no/such/browser' });
    return stage.daypass();
  },
  denied: (stage) => {
    stage.configure({ daypass_browser: `${signInProgram} --deny` });
    return stage.daypass();
  },
  'provider-unreachable': (stage) => {
    stage.configure({ daypass_issuer: 'http://127.0.0.1:9' });
    return stage.daypass();
  },
  'sts-failed': (stage) => {
    stage.sts.answer((_parameters, response) => void response.writeHead(500).end('é'.repeat(5000)));
    return stage.daypass();
  },
  'output-too-large': (stage) => {
    stage.sts.answer(undefined);
    stage.sts.tokenBytes = 9000;
    return stage.daypass();
  },
  'keychain-missing': (stage) =>
    stage.daypass([], { DBUS_SESSION_BUS_ADDRESS: `unix:path=/${'nowhere'.repeat(300)}` }),
};

test('C20 stderr is at most 2 KB of UTF-8, with the fault first and the command to run after it', async (t) => {
  for (const [code, fail] of Object.entries(errors)) {
    await t.test(code, async (t) => {
      const stage = await openClientStage(t);
      let bytes = 0;
      const cost = await stage.cost(async () => {
        const result = await fail(stage);
        assert.notEqual(result.code, 0);
        assert.equal(result.stdout, '');
        assert.match(result.stderr, new RegExp(`^daypass: ${code}: `));
        assert.match(result.stderr, /\nhint: [^\n]+\n$/);
        bytes = Buffer.byteLength(result.stderr);
        assert.ok(bytes <= 2048, result.stderr);
        assert.ok(!result.stderr.includes('\ufffd'), result.stderr);
        assert.match(result.stderr, /^[\n\x20-\x7e\u00a0-\uffff]*$/);
      });
      record(`C20 ${code}`, 'daypass', cost, { result: `${bytes} bytes on stderr` });
      stage.configure();
      stage.sts.answer(undefined);
    });
  }
});

test('C20 daypass does not block a client that reads stdout to its end before stderr, as Java does', async (t) => {
  const stage = await openClientStage(t);
  const { env } = stage.sandbox;
  const [program, ...before] = testedProgram.words;
  const run = async (args: string[]) => {
    const child = spawn(program, [...before, '--profile', 'developer', ...args], {
      env: { ...env, HOME: stage.sandbox.home },
      detached: true,
    });
    child.stdin.end();
    const exit = new Promise((resolve) => child.once('exit', resolve));
    const stdout = await text(child.stdout);
    // stderr has not been read so far.
    const stderr = await text(child.stderr);
    return { code: await exit, stdout, stderr };
  };
  const cost = await stage.cost(async () => {
    const failed = await run(['--non-interactive']);
    assert.deepEqual([failed.code, failed.stdout], [2, '']);
    assert.match(failed.stderr, /^daypass: sign-in-needed/);
    const { code, stdout, stderr } = await run([]);
    assert.deepEqual([code, stderr], [0, '']);
    assertVersion1(stdout);
  });
  record('C20 stderr read last', 'as Java does', cost, { expected: ours(2) });
});
