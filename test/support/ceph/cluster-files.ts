import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Free ports of 127.0.0.1: the monitor speaks two protocols. */
export interface ClusterPorts {
  monitor: number;
  monitorV1: number;
  gateway: number;
}

export interface ClusterFiles {
  /** Settings of the cluster, as `-c` takes it. */
  config: string;
  keyring: string;
  /** The id of the cluster. */
  id: string;
  /** Both addresses of the monitor, as monmaptool takes them. */
  monitorAddresses: string;
}

/** Writes what a monitor, one OSD that keeps all in memory, and a gateway need to find and trust one another in `folder`. */
export function writeClusterFiles(folder: string, ports: ClusterPorts): ClusterFiles {
  const id = randomUUID();
  const config = join(folder, 'ceph.conf');
  const keyring = join(folder, 'keyring');
  for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(folder, name));
  writeFileSync(config, configText(folder, id, ports));
  writeFileSync(keyring, keyringText(), { mode: 0o600 });
  const monitorAddresses = `[v2:127.0.0.1:${ports.monitor},v1:127.0.0.1:${ports.monitorV1}]`;
  return { config, keyring, id, monitorAddresses };
}

// The gateway hangs without cephx. By default Paxos waits a second for more changes, and a client that was there before the OSD looks
// for it every 5 seconds.
const configText = (folder: string, id: string, ports: ClusterPorts) => `[global]
fsid = ${id}
mon host = [v2:127.0.0.1:${ports.monitor}/0,v1:127.0.0.1:${ports.monitorV1}/0]
mon initial members = a
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = ${folder}/keyring
run dir = ${folder}
admin socket =
log file = ${folder}/$name.log
log to stderr = false
err to stderr = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
paxos propose interval = 0.02
paxos min wait = 0.01
objecter tick interval = 0.05
[mon]
mon data = ${folder}/mon
mon data avail crit = 1
[osd]
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 536870912
osd class load list = *
osd class default list = *
[client.rgw.a]
rgw data = ${folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:${ports.gateway}
rgw enable gc threads = false
rgw enable lc threads = false
rgw enable quota threads = false
rgw s3 auth use sts = true
rgw sts key = ${randomBytes(8).toString('hex')}
`;

const keyringText = () => `[mon.]
	key = ${cephxKey()}
	caps mon = "allow *"
[client.admin]
	key = ${cephxKey()}
	caps mon = "allow *"
	caps osd = "allow *"
[client.rgw.a]
	key = ${cephxKey()}
	caps mon = "allow rw"
	caps osd = "allow rwx"
[osd.0]
	key = ${cephxKey()}
	caps mon = "allow profile osd"
	caps osd = "allow *"
`;

/** Returns a key as ceph-authtool makes it: type AES, the time, the length, 16 bytes. */
function cephxKey(): string {
  const head = Buffer.alloc(12);
  head.writeUInt16LE(1, 0);
  head.writeUInt32LE(Math.floor(Date.now() / 1000), 2);
  head.writeUInt16LE(16, 10);
  return Buffer.concat([head, randomBytes(16)]).toString('base64');
}
