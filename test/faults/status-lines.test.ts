// Answers that Node's HTTP parser accepts and HTTP does not, behind a CA bundle: cases H01 to H03 of
// docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { authority, certificates } from './company-authority.ts';
import { type Case, type FaultStage, fault, faults, type Stimulus } from './fault.ts';
import { recordsOf } from './stored-records.ts';

/** With a bundle our own code reads the answers; without one, Node's fetch does. */
const bundled: Case = {
  tls: certificates.good,
  prepare: ({ sandbox }) => {
    sandbox.env.NODE_EXTRA_CA_CERTS = authority.file;
    sandbox.env.AWS_CA_BUNDLE = authority.file;
  },
};

const lines: [what: string, line: string][] = [
  ['status 600', 'HTTP/1.1 600 OK'],
  ['status 999', 'HTTP/1.1 999 '],
  ['a control character in its reason phrase', 'HTTP/1.1 200 O\u0001K'],
];

suite('answers are not HTTP', { concurrency: 4 }, () => {
  answersAreRejected();
  localWorkIsDone();
});

/** Makes the provider answer every request for its metadata with this status line. */
function answersWith({ provider }: FaultStage, line: string): void {
  provider.discovery = (request) => {
    request.socket.end(`${line}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`, 'latin1');
    return undefined;
  };
}

function answersAreRejected(): void {
  const notHttp: Case = {
    ...bundled,
    error: 'provider-unreachable',
    text: /localhost:\d+: its answer is not HTTP\n/,
  };
  const stimuli = lines.map(
    ([what, line]): Stimulus => [
      'H01',
      `a sign-in rejects metadata with ${what}`,
      { ...notHttp, tabs: 0, tokenRequests: 0, ends: true, arrange: (stage) => answersWith(stage, line) },
    ],
  );
  faults('metadata that is not HTTP', stimuli);
  for (const [what, line] of lines)
    fault('H01', `a sign-in rejects metadata with ${what} without a CA bundle too`, {
      ...{ error: 'provider-unreachable', text: /127\.0\.0\.1:\d+: its answer is not HTTP\n/ },
      ...{ tabs: 0, tokenRequests: 0, ends: true, arrange: (stage) => answersWith(stage, line) },
    });
  fault('H01', 'an STS that answers with status 999 keeps the session', {
    ...{ session: true, error: 'sts-failed' },
    arrange: ({ sts }) => sts.answer((_parameters, response) => void response.writeHead(999).end()),
  });
  const strange: Case['arrange'] = ({ provider }) => {
    provider.token = () => ({ status: 600, body: {} });
  };
  fault('H01', 'a sign-in rejects tokens with status 600', { ...notHttp, ends: true, arrange: strange });
  fault('H01', 'a refresh that is answered with status 600 keeps the session', {
    // An answer that cannot be read is a lost one, after which daypass posts the same token once more.
    ...{ ...notHttp, session: true, tokenRequests: 2, arrange: strange },
  });
}

function localWorkIsDone(): void {
  for (const [what, line] of lines) {
    fault('H02', `logout deletes the session although the provider answers with ${what}`, {
      ...{ ...bundled, session: true, ends: true, tokenRequests: 0, error: 'revocation-unconfirmed' },
      ...{ text: /not revoked: .* its answer is not HTTP\n/, prints: /is deleted from this machine/ },
      act: async (stage) => {
        const records = Object.values(await recordsOf(stage));
        answersWith(stage, line);
        const call = await stage.daypass(['logout']);
        for (const name of records) assert.equal(await stage.keyring.lookup('daypass', name), undefined);
        return call;
      },
    });
  }
  fault('H03', 'a hit, status, doctor, exec, env and trust-policy do their work although no answer is HTTP', {
    ...{ ...bundled, session: true, tokenRequests: 0, prints: /Signed in/, command: ['true'] },
    arrange: (stage) => {
      answersWith(stage, 'HTTP/1.1 999 O\u0001K');
      stage.sts.answer((_parameters, response) => void response.writeHead(999).end());
    },
    act: async (stage) => {
      for (const command of [
        [],
        ['env'],
        ['exec', '--profile', 'developer', '--', 'true'],
        ['trust-policy'],
      ]) {
        const { code, stderr } = await stage.daypass(command);
        assert.deepEqual({ command, code, stderr }, { command, code: 0, stderr: '' });
      }
      const doctor = await stage.daypass(['doctor']);
      assert.match(doctor.stdout, /its answer is not HTTP/);
      return await stage.daypass(['status']);
    },
  });
}
