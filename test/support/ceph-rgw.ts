import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BoundProcesses, boundProcesses } from './ceph/bound-processes.ts';
import { type ClusterPorts, writeClusterFiles } from './ceph/cluster-files.ts';
import { callIam, type Keys } from './ceph/iam.ts';
import { freePort } from './free-port.ts';
import type { Statement } from './sts/trust-policy.ts';

/** A role as IAM makes it. */
export interface RoleOptions {
  name: string;
  trust: Statement[];
  /** Seconds (3600). */
  maxSessionDuration?: number;
}

/** Ceph's RADOS Gateway: STS, IAM and S3 at one address, for the account 123456789012. */
export interface CephRgw {
  readonly url: string;
  /** Of the user who may create roles and identity providers. */
  readonly administrator: Keys;
  /** What a test saw RGW issue; RGW itself does not tell. */
  readonly secrets: Set<string>;
  createProvider(issuer: string, clientIds: readonly string[]): Promise<void>;
  /** Creates a role that may do everything in S3. */
  createRole(role: RoleOptions): Promise<void>;
  /** Replaces the trust policy of a role. */
  setTrust(name: string, trust: Statement[]): Promise<void>;
  stop(): Promise<void>;
}

const account = '123456789012';
const deadline = 60_000;
/** Another process may take a port between the moment it was found free and its use. */
const attempts = 3;

/** Starts a cluster of its own on free ports and in a temporary folder. Throws where it does not answer within a minute. */
export async function startCephRgw(): Promise<CephRgw> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === attempts || !/bind/i.test(String(error))) throw error;
    }
  }
}

async function start(): Promise<CephRgw> {
  const folder = mkdtempSync(join(tmpdir(), 'ceph-rgw-'));
  const signal = AbortSignal.timeout(deadline);
  const processes = boundProcesses({ PATH: '/usr/bin:/bin', HOME: folder, LANG: 'C.UTF-8' }, signal);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const abandon = () => {
    processes.kill();
    remove();
  };
  process.once('exit', abandon);
  const stop = async () => {
    await processes.end();
    process.off('exit', abandon);
    remove();
  };
  const administrator = {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  try {
    const ports = { monitor: await freePort(), monitorV1: await freePort(), gateway: await freePort() };
    await startCluster(processes, folder, ports, administrator);
    const url = `http://127.0.0.1:${ports.gateway}`;
    await untilAnswers(url, processes, signal);
    return { url, administrator, secrets: new Set(), stop, ...iamOf(url, administrator) };
  } catch (error) {
    const logs = lastLines(folder);
    await stop();
    throw new Error(`Ceph RGW did not start: ${error}\n${logs}`, { cause: error });
  }
}

/**
 * The keys and the map with the one OSD are there before the monitor first starts: each command to a running one would cost a start
 * of Python.
 */
async function startCluster(
  { run, start }: BoundProcesses,
  folder: string,
  ports: ClusterPorts,
  administrator: Keys,
): Promise<void> {
  const { config, keyring, id, monitorAddresses } = writeClusterFiles(folder, ports);
  const monitors = join(folder, 'monmap');
  const osds = join(folder, 'osdmap');
  const settings = ['-c', config];
  await run('/usr/bin/monmaptool', '--create', '--fsid', id, '--addv', 'a', monitorAddresses, monitors);
  await run('/usr/bin/osdmaptool', ...settings, '--createsimple', '1', osds);
  const maps = ['--monmap', monitors, '--osdmap', osds, '--keyring', keyring];
  await run('/usr/bin/ceph-mon', ...settings, '-i', 'a', '--mkfs', ...maps);
  start('/usr/bin/ceph-mon', ...settings, '-i', 'a', '-f');
  await run('/usr/bin/ceph-osd', ...settings, '-i', '0', '--mkfs');
  start('/usr/bin/ceph-osd', ...settings, '-i', '0', '-f');
  // With a tenant that has the shape of an account, ARNs are those of AWS. It waits for monitor and OSD by itself.
  const user = ['--tenant', account, '--uid', 'administrator', '--display-name', 'administrator'];
  const keys = ['--access-key', administrator.accessKeyId, '--secret', administrator.secretAccessKey];
  const may = '--caps=roles=*;oidc-provider=*';
  await run('/usr/bin/radosgw-admin', ...settings, 'user', 'create', ...user, ...keys, may);
  start('/usr/bin/radosgw', ...settings, '-n', 'client.rgw.a', '-f');
}

/** No event tells that the gateway listens. */
async function untilAnswers(
  url: string,
  { assertAlive }: BoundProcesses,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const answered = await fetch(url, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return;
    assertAlive();
    signal.throwIfAborted();
    await sleep(20);
  }
}

function iamOf(url: string, keys: Keys): Pick<CephRgw, 'createProvider' | 'createRole' | 'setTrust'> {
  const document = (statements: readonly object[]) =>
    JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return {
    async createProvider(issuer, clientIds) {
      const audiences = clientIds.map((id, index) => [`ClientIDList.member.${index + 1}`, id]);
      await callIam(url, keys, 'CreateOpenIDConnectProvider', {
        Url: issuer,
        ...Object.fromEntries(audiences),
        // Version 16 requires one and does not compare it.
        'ThumbprintList.member.1': '0'.repeat(40),
      });
    },
    async createRole({ name, trust, maxSessionDuration = 3600 }) {
      await callIam(url, keys, 'CreateRole', {
        RoleName: name,
        AssumeRolePolicyDocument: document(trust),
        MaxSessionDuration: String(maxSessionDuration),
      });
      await callIam(url, keys, 'PutRolePolicy', {
        RoleName: name,
        PolicyName: 'S3',
        PolicyDocument: document([{ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::*' }]),
      });
    },
    async setTrust(name, trust) {
      const parameters = { RoleName: name, PolicyDocument: document(trust) };
      await callIam(url, keys, 'UpdateAssumeRolePolicy', parameters);
    },
  };
}

function lastLines(folder: string): string {
  if (!existsSync(folder)) return '';
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  return logs
    .map((name) => `${name}:\n${readFileSync(join(folder, name), 'utf8').split('\n').slice(-20).join('\n')}`)
    .join('\n');
}
