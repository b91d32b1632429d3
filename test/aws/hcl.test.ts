import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hclName, hclString } from '../../src/aws/hcl.ts';

test('a resource gets the usual spelling of its name, whatever characters the role has', () => {
  for (const [role, name] of [
    ['DeveloperAccess', 'developer_access'],
    ['AWSAdmin', 'aws_admin'],
    ['ReadS3AndEC2', 'read_s3_and_ec2'],
    ['read-only', 'read-only'],
    ['Team.A@eu+x=y,z', 'team_a_eu_x_y_z'],
    ['123', '_123'],
    ['-x', '_-x'],
    ['==', '_'],
  ] as const)
    assert.equal(hclName(role), name);
});

// Terraform reads them in terraform.test.ts.
test('text has no template, no line end and no character that a reader cannot see', () => {
  for (const [text, quoted] of [
    ['a"b\\c', '"a\\"b\\\\c"'],
    [`\${a} %{b}`, `"$\${a} %%{b}"`],
    ['$ { $a %b', '"$ { $a %b"'],
    [`$\${a} $%{b}`, `"\\u0024$\${a} \\u0024%%{b}"`],
    ['a\nb\u202ec\u{e0001}é', '"a\\u000ab\\u202ec\\U000e0001\\u00e9"'],
  ] as const)
    assert.equal(hclString(text), quoted);
});
