import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AwsCredentials, processCredentials } from '../../src/aws/process-credentials.ts';
import type { DaypassError } from '../../src/errors.ts';
import { assertVersion1 } from '../support/credentials-format.ts';

const roleArn = 'arn:aws:iam::012345678901:role/path/DeveloperAccess';
const credentials: AwsCredentials = {
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjEHMaCXVzLWVhc3QtMSJHMEUCIQ==',
  expiration: '2031-01-02T03:04:05Z',
};

test('the line is the one that every AWS client reads', () => {
  const line = processCredentials(credentials, roleArn);
  assert.equal(
    line,
    '{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",' +
      '"SessionToken":"IQoJb3JpZ2luX2VjEHMaCXVzLWVhc3QtMSJHMEUCIQ==","Expiration":"2031-01-02T03:04:05Z","AccountId":"012345678901"}\n',
  );
  assertVersion1(line);
});

for (const partition of ['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc']) {
  test(`the account of a role in ${partition} is text with its zeros`, () => {
    const line = processCredentials(credentials, roleArn.replace('aws', partition));
    assert.equal(assertVersion1(line).AccountId, '012345678901');
  });
}

test('S15 a long token is printed whole, up to the limit of the Go SDK', () => {
  const rest = processCredentials({ ...credentials, sessionToken: '' }, roleArn).length;
  const sessionToken = 'x'.repeat(7999 - rest);
  assert.equal(
    assertVersion1(processCredentials({ ...credentials, sessionToken }, roleArn)).SessionToken,
    sessionToken,
  );
  assert.equal(
    processCredentials({ ...credentials, sessionToken: `${sessionToken}x` }, roleArn).length,
    8000,
  );
});

test('a token that the Go SDK would cut is an error that does not show it', () => {
  for (const length of [8000, 12_000, 100_000]) {
    const long = { ...credentials, sessionToken: 'SESSION/TOKEN/'.repeat(length / 14 + 1) };
    assert.throws(
      () => processCredentials(long, roleArn),
      (error: DaypassError) => {
        assert.equal(error.code, 'output-too-large');
        assert.match(error.message, /\(\d+ bytes in all\)/);
        assert.doesNotMatch(JSON.stringify(error.toReport()), /SESSION|wJalr|ASIA/);
        return true;
      },
    );
  }
});
