import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AwsProvider } from './aws-provider.ts';

/** A folder in which Terraform runs. It keeps its state there. */
export interface TerraformFolder {
  /** Writes the configuration. */
  write(text: string): void;
  /** Formats the configuration as Terraform does, and returns it. */
  format(): Promise<string>;
  /** Applies the configuration. Returns the exit code, and what Terraform said. */
  apply(): Promise<{ code: number; output: string }>;
  remove(): void;
}

/** Opens an empty folder. It asks no registry: the AWS provider is the given one. */
export function openTerraform({ reattach }: Pick<AwsProvider, 'reattach'>): TerraformFolder {
  const folder = mkdtempSync(join(tmpdir(), 'terraform-'));
  const file = join(folder, 'main.tf');
  const config = join(folder, 'terraform.rc');
  writeFileSync(config, 'disable_checkpoint = true\n');
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, TF_CLI_CONFIG_FILE: config, TF_IN_AUTOMATION: '1' },
    TF_REATTACH_PROVIDERS: reattach,
  };
  const terraform = (...words: string[]) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      execFile('/usr/bin/env', ['terraform', ...words], { env, cwd: folder }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), output: `${stdout}${stderr}` }),
      );
    });
  return {
    write: (text) => writeFileSync(file, text),
    async format() {
      await terraform('fmt');
      return readFileSync(file, 'utf8');
    },
    async apply() {
      const begun = await terraform('init', '-no-color', '-input=false');
      if (begun.code !== 0) return begun;
      return await terraform('apply', '-no-color', '-input=false', '-auto-approve');
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
