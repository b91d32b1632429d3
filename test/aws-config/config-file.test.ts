import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awsConfigPath, awsCredentialsPath } from '../../src/aws-config/config-file.ts';
import { pretendPlatform } from '../support/pretend-platform.ts';

/** Windows shows the path itself. */
const rows: [platform: NodeJS.Platform, home: string, path: string | undefined, shown: string][] = [
  ['linux', '/home/ada', undefined, '~/.aws/config'],
  ['linux', '/home/ada', '/home/ada/work/config', '~/work/config'],
  ['linux', '/home/ada', '/home/ada\\config', '/home/ada\\config'],
  ['linux', '/home/ada', '/home/adam/config', '/home/adam/config'],
  ['linux', '/home/ada', '/home/ada', '/home/ada'],
  ['win32', 'C:\\Users\\ada', undefined, 'C:\\Users\\ada\\.aws\\config'],
  ['win32', 'C:\\Users\\ada', 'C:/Users/ada/work/config', 'C:\\Users\\ada\\work\\config'],
  ['win32', 'C:\\Users\\ada', '~/work/config', 'C:\\Users\\ada\\work\\config'],
  ['win32', 'C:\\Users\\ada', 'C:\\Users\\adam\\config', 'C:\\Users\\adam\\config'],
];

for (const [platform, home, path, shown] of rows) {
  test(`on ${platform} the config file ${path ?? 'of AWS'} is ${shown} for ${home}`, (t) => {
    pretendPlatform(t, platform);
    const env = path ? { AWS_CONFIG_FILE: path, AWS_SHARED_CREDENTIALS_FILE: path } : {};
    const file = awsConfigPath({ env, home });
    assert.deepEqual(file, { path: platform === 'win32' ? shown : (path ?? `${home}/.aws/config`), shown });
    assert.equal(
      awsCredentialsPath({ env, home }).shown,
      path ? shown : shown.replace(/config$/, 'credentials'),
    );
  });
}
