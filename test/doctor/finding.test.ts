import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examine, ok, type Patient, withSettings } from '../../src/doctor/finding.ts';
import { DaypassError } from '../../src/errors.ts';

const patient: Patient = {
  env: {},
  home: '/home/ada',
  profile: 'developer',
  files: { config: {}, credentials: {} } as Patient['files'],
  context: undefined,
};
const fine = ok('AWS clients use eu-west-1');
const reported = { code: 'region', ...fine };

test('a check returns one finding, several, or none', async () => {
  assert.deepEqual(await examine('region', () => fine, patient), [reported]);
  assert.deepEqual(await examine('region', () => [fine, fine], patient), [reported, reported]);
  assert.deepEqual(await examine('region', async () => undefined, patient), []);
});

test('a finding may have another code than its check', async () => {
  const other = { code: 'clock', ...fine };
  assert.deepEqual(await examine('sts', () => [fine, other], patient), [{ code: 'sts', ...fine }, other]);
});

test('an error becomes a finding for each fault, and the last one has the hint', async () => {
  const check = () => {
    throw new DaypassError('port-busy', ['port 1 is in use', 'port 2 is in use'], { hint: 'free one' });
  };
  const common = { code: 'redirect-port', state: 'error', exitCode: 75 };
  assert.deepEqual(await examine('redirect-port', check, patient), [
    { ...common, finding: 'port 1 is in use', remedy: undefined },
    { ...common, finding: 'port 2 is in use', remedy: { advice: 'free one' } },
  ]);
});

test('a check that needs settings finds nothing without them', async () => {
  assert.deepEqual(
    await examine(
      'region',
      withSettings(() => fine),
      patient,
    ),
    [],
  );
});
