import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { Test } from 'tap'
import { temporaryFolder } from './helper.js'

/** With the folders of a system's programs, which not everybody has in his own. */
export const systemPath = `${process.env.PATH}${delimiter}/usr/sbin`

/** Whether a program is there. */
export function isInstalled(program: string): boolean {
  return systemPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program))
      return true
    } catch {
      return false
    }
  })
}

/** Writes the configuration of nginx into this folder. Returns the command that runs it in the foreground. */
export function nginxCommand(folder: string, http: string): string[] {
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(folder, name))
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name.replace('client_', ''))};`)
    .join('\n')
  const global = `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log stderr crit;`
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${global}\nevents {}\nhttp { access_log off;\n${paths}\n${http}}\n`
  )
  return ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
}

/** Runs a proxy until the end of the test, and waits until it answers at this address. */
export async function startProxy(
  t: Test,
  [program = '', ...args]: string[],
  folder: string,
  url: string
): Promise<void> {
  const proxy = spawn(program, args, {
    cwd: folder,
    env: { PATH: systemPath, HOME: folder, XDG_DATA_HOME: folder },
    stdio: 'ignore'
  })
  const ended = once(proxy, 'exit')
  t.teardown(async () => {
    proxy.kill('SIGKILL')
    await ended
  })
  while ((await fetch(url).catch(() => undefined)) === undefined) {
    if (proxy.exitCode !== null) throw new Error(`${program} ended with ${proxy.exitCode}`)
    await after(20)
  }
}

/**
 * nginx before these instances, one after the other. The header `x-instance` of each answer names the one that gave it; a request that
 * an instance did not answer is not sent to another one, since it may have been carried out.
 */
export async function startNginx(t: Test, port: number, instances: readonly string[]): Promise<string> {
  const folder = temporaryFolder(t)
  const servers = instances.map((url) => `server ${new URL(url).host} max_fails=0;`).join(' ')
  const command = nginxCommand(
    folder,
    `upstream postern { ${servers} keepalive 16; }
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://postern;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_next_upstream off;
        proxy_read_timeout 30s;
        add_header x-instance http://$upstream_addr always;
      }
    }`
  )
  const url = `http://127.0.0.1:${port}`
  await startProxy(t, command, folder, url)
  return url
}
