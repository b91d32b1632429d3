import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processCredentials } from '../../src/aws/process-credentials.ts';
import type { AwsCredentials } from '../../src/aws-credentials.ts';
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
