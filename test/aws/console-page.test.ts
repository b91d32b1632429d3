import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleSite } from '../../src/aws/console.ts';
import { type ConsolePage, consolePage } from '../../src/aws/console-page.ts';
import { awsPartition } from '../../src/settings/aws-partition.ts';

function found(destination?: string, partition = 'aws', region = 'eu-west-1'): ConsolePage {
  const site = consoleSite(awsPartition(partition) ?? assert.fail());
  return consolePage(site ?? assert.fail(), region, destination);
}

function pageOf(...given: Parameters<typeof found>): string {
  const answer = found(...given);
  return 'page' in answer ? answer.page : assert.fail(`${given}: ${answer.fault}`);
}

const host = 'https://eu-west-1.console.aws.amazon.com';
const query = '?region=eu-west-1';

test('a service or a path is a page of the console of this region', () => {
  for (const [destination, path] of [
    [undefined, 'console/home'],
    ['s3', 's3/home'],
    ['ec2', 'ec2/home'],
    ['ec2/v2', 'ec2/v2/home'],
    ['ec2/v2/home', 'ec2/v2/home'],
    ['console/home', 'console/home'],
    ['iamv2', 'iamv2/home'],
    ['cloudwatch', 'cloudwatch/home'],
    ['systems-manager/parameters', 'systems-manager/parameters/home'],
    // The path of these is not their name.
    ['dynamodb', 'dynamodbv2/home'],
    ['dynamodbv2', 'dynamodbv2/home'],
    ['ssm', 'systems-manager/home'],
    ['stepfunctions', 'states/home'],
    ['route53', 'route53/v2/home'],
    // Services that daypass does not know.
    ['mgn', 'mgn/home'],
    ['dax', 'dax/home'],
    ['polly', 'polly/home'],
    ['cloud9', 'cloud9/home'],
    ['cloudhsm', 'cloudhsm/home'],
    ['cloudshell', 'cloudshell/home'],
    ['cloudmap', 'cloudmap/home'],
    ['appstream2', 'appstream2/home'],
    ['apprunner', 'apprunner/home'],
    ['transcribe', 'transcribe/home'],
    ['codesuite/codebuild', 'codesuite/codebuild/home'],
    ['connect', 'connect/home'],
    ['lightsail', 'lightsail/home'],
    ['macie2', 'macie2/home'],
    ['xray', 'xray/home'],
  ] as const)
    assert.equal(pageOf(destination), `${host}/${path}${query}`);
});

test('an address of the console is opened as it is', () => {
  for (const address of [
    'https://console.aws.amazon.com/',
    'https://s3.console.aws.amazon.com/s3/buckets/example-reports?region=eu-west-1&tab=objects',
    `${host}/ec2/home?region=eu-west-1#Instances:instanceState=running;v=3;$case=tags:true%5C,client:false`,
    `${host}/cloudwatch/home#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fx`,
    'https://us-east-1.console.aws.amazon.com/iam/home#/roles',
  ])
    assert.equal(pageOf(address), address);
  assert.equal(pageOf('HTTPS://CONSOLE.aws.amazon.com'), 'https://console.aws.amazon.com/');
});

test('each partition has its own console, or none', () => {
  assert.equal(
    pageOf('ec2', 'aws-cn', 'cn-north-1'),
    'https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1',
  );
  assert.match(
    pageOf('s3', 'aws-us-gov', 'us-gov-west-1'),
    /^https:\/\/us-gov-west-1\.console\.amazonaws-us-gov\.com\//,
  );
  assert.match(
    pageOf('s3', 'aws-eusc', 'eusc-de-east-1'),
    /^https:\/\/eusc-de-east-1\.console\.amazonaws-eusc\.eu\//,
  );
  assert.equal(consoleSite(awsPartition('aws-iso') ?? assert.fail()), undefined);
  for (const [address, partition] of [
    ['https://console.amazonaws.cn/', 'aws'],
    ['https://console.aws.amazon.com/', 'aws-cn'],
    ['https://console.aws.amazon.com/', 'aws-us-gov'],
    ['https://console.amazonaws-us-gov.com/', 'aws'],
  ] as const)
    assert.ok('fault' in found(address, partition), `${address} is not of ${partition}`);
});

test('a destination that is no page of this console is refused', () => {
  for (const destination of [
    '',
    ' ',
    's3 ',
    's 3',
    '/s3',
    's3/',
    's3//buckets',
    '.',
    '..',
    '../s3',
    's3/../ec2',
    's3?x=y',
    's3#x',
    's3%2f..',
    '-s3',
    's3\n',
    'с3',
    's３',
    `s3${'a'.repeat(60)}`,
    'a/'.repeat(10),
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    '//evil.example',
    '//console.aws.amazon.com/s3',
    '\\\\evil.example',
    'https:evil.example',
    'https:/console.aws.amazon.com/',
    'http://console.aws.amazon.com/',
    'https://evil.example/',
    'https://evil.example/https://console.aws.amazon.com/',
    'https://console.aws.amazon.com.evil.example/',
    'https://evilconsole.aws.amazon.com/',
    'https://aws.amazon.com/',
    'https://signin.aws.amazon.com/oauth?redirect_uri=https://evil.example',
    'https://console.aws.amazon.com@evil.example/',
    'https://user@console.aws.amazon.com/',
    'https://:password@console.aws.amazon.com/',
    'https://console.aws.amazon.com:8443/',
    'https://console.aws.amazon.com:443/',
    'https://console.aws.amazon.com\\@evil.example/',
    'https://evil.example\\.console.aws.amazon.com/',
    'https://evil.example#.console.aws.amazon.com/',
    'https://evil.example?.console.aws.amazon.com/',
    'https://console.aws.amazon.com./',
    'https://console。aws.amazon.com/',
    'https://console.aws.amazon.com/s3 x',
    'https://console.aws.amazon.com/\nx',
    'https://console.aws.amazon.com/"x',
    ' https://console.aws.amazon.com/',
    'https://',
    'https:///console.aws.amazon.com/',
    'toString:',
  ])
    assert.ok('fault' in found(destination), JSON.stringify(destination));
});

test('a misspelled service is refused with the one that is meant', () => {
  for (const [destination, ...near] of [
    ['cloudwach', 'cloudwatch'],
    ['clodformation', 'cloudformation'],
    ['lamda', 'lambda'],
    ['dynamo', 'dynamodb', 'dynamodbv2'],
    ['secrets-manager', 'secretsmanager'],
    ['S3', 's3'],
    ['CloudTrail', 'cloudtrail'],
    ['step functions', 'stepfunctions'],
  ]) {
    const answer = found(destination);
    assert.ok('fault' in answer, destination);
    assert.deepEqual([...answer.near].sort(), near.sort());
  }
  // Inherited names are no services.
  assert.equal(pageOf('constructor'), `${host}/constructor/home${query}`);
});
