import { createCipheriv, randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { DaypassError } from '../errors.ts';
import type { Variant } from './bus-types.ts';
import { startKeyAgreement } from './key-agreement.ts';
import type { InPlace } from './keychain.ts';
import { keepassSetting, keychainService } from './keytar.ts';
import { SessionBus } from './session-bus.ts';

const secrets = 'org.freedesktop.secrets';
const servicePath = '/org/freedesktop/secrets';
const nothing = '/';
/** The attribute with which libsecret finds the entries of keytar. */
const schema = 'org.freedesktop.Secret.Generic';

type Kind = 'Service' | 'Session' | 'Collection' | 'Item' | 'Prompt';

/**
 * Changes entries that exist in place, which libsecret does not do. KeePassXC takes each process for another
 * program: it asks a person before libsecret replaces an entry of another process, and moves deleted
 * entries into its recycle bin. If this fails, the library is used, which also reports the fault.
 */
export class ChangesInPlace implements InPlace {
  #service: Promise<SecretService> | undefined;

  has(account: string): Promise<boolean> {
    return this.#try((service) => service.has(account));
  }

  replace(account: string, value: string): Promise<boolean> {
    return this.#try((service) => service.replace(account, value));
  }

  remove(account: string): Promise<boolean> {
    return this.#try((service) => service.remove(account));
  }

  async #try(change: (service: SecretService) => Promise<boolean>): Promise<boolean> {
    try {
      this.#service ??= SecretService.open(process.env.DBUS_SESSION_BUS_ADDRESS ?? '');
      return await change(await this.#service);
    } catch (error) {
      if (error instanceof DaypassError) throw error;
      // For example, the service was restarted and has forgotten the session.
      this.#service = undefined;
      return false;
    }
  }
}

/** A session of this bus connection, with the key of its secrets. */
interface Session {
  path: string;
  key: Buffer;
}

/** The protocol: https://specifications.freedesktop.org/secret-service/latest/ */
class SecretService {
  readonly #bus: SessionBus;
  #session: Promise<Session> | undefined;

  private constructor(bus: SessionBus) {
    this.#bus = bus;
  }

  /** Connects to the bus. Throws what the bus throws. */
  static async open(address: string): Promise<SecretService> {
    return new SecretService(await SessionBus.connect(address));
  }

  /** Returns whether there is an entry that is unlocked. Throws `keychain-failed`. */
  async has(account: string): Promise<boolean> {
    return (await this.#find(account)).length > 0;
  }

  /** Returns whether an entry that is unlocked has the value now. Throws `keychain-failed`. */
  async replace(account: string, value: string): Promise<boolean> {
    const [item] = await this.#find(account);
    if (item === undefined) return false;
    await this.#setSecret(item, value);
    return true;
  }

  /**
   * Deletes the entry, or empties it if a service would ask a person or keep it: then the next sign-in uses
   * it again. Returns whether an entry that is unlocked was there. Throws `keychain-failed`.
   */
  async remove(account: string): Promise<boolean> {
    const items = await this.#find(account);
    for (const item of items) {
      const [prompt] = await this.#call('Item', item, 'Delete');
      if (prompt === nothing) continue;
      await this.#call('Prompt', `${prompt}`, 'Dismiss');
      await this.#setSecret(item, '');
    }
    return items.length > 0;
  }

  /** Returns the entries that are unlocked for this process. */
  async #find(account: string): Promise<string[]> {
    const attributes = Object.entries({ service: keychainService, account, 'xdg:schema': schema });
    const found = await this.#call('Service', servicePath, 'SearchItems', 'a{ss}', attributes);
    const [unlocked, locked] = found as [string[], string[]];
    const [blocked] = locked;
    if (unlocked.length === 0 && blocked !== undefined && !(await this.#isLocked(dirname(blocked))))
      throw asksEachTime();
    return unlocked;
  }

  async #isLocked(collection: string): Promise<boolean> {
    const method = { ...methodOf('Collection', collection, 'Get'), interface: propertiesInterface };
    const [locked] = await this.#bus.call(method, 'ss', interfaceOf('Collection'), 'Locked');
    return locked === true;
  }

  async #setSecret(item: string, value: string): Promise<void> {
    this.#session ??= this.#openSession();
    const { path, key } = await this.#session;
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-128-cbc', key, iv);
    const encrypted = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
    const secret = [path, iv, encrypted, 'text/plain'];
    await this.#call('Item', item, 'SetSecret', '(oayays)', secret);
  }

  /** Opens a session in which secrets are encrypted, as libsecret does. A search needs none. */
  async #openSession(): Promise<Session> {
    const algorithm = 'dh-ietf1024-sha256-aes128-cbc-pkcs7';
    for (;;) {
      const agreement = startKeyAgreement();
      const input: Variant = ['ay', agreement.publicKey];
      const [theirs, path] = await this.#call('Service', servicePath, 'OpenSession', 'sv', algorithm, input);
      const key = agreement.keyWith(theirs);
      if (key) return { path: `${path}`, key };
    }
  }

  #call(kind: Kind, path: string, member: string, signature = '', ...values: unknown[]): Promise<unknown[]> {
    return this.#bus.call(methodOf(kind, path, member), signature, ...values);
  }
}

const propertiesInterface = 'org.freedesktop.DBus.Properties';

function interfaceOf(kind: Kind): string {
  return `org.freedesktop.Secret.${kind}`;
}

function methodOf(kind: Kind, path: string, member: string) {
  return { destination: secrets, path, interface: interfaceOf(kind), member };
}

/** The keyring is open, but not its entry: KeePassXC wants a person to confirm each process. */
function asksEachTime(): DaypassError {
  const fault = 'the keychain asks a person before each process may read an entry';
  const advice = `in KeePassXC, turn off ${keepassSetting}`;
  return new DaypassError('keychain-failed', fault, { hint: { advice, again: true } });
}
