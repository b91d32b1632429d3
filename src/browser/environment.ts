import { childEnvironment } from '../process/child-environment.ts';
import { environmentOf } from '../process/variables.ts';

/**
 * The variables that a browser or its opener may need; `*` ends a prefix. SECURITY.md has the same list, by
 * groups. No name here stands for a secret: do not add one of a cloud, a database or another tool.
 */
export const browserVariables: readonly string[] = [
  // The person and their folders.
  ...['HOME', 'USER', 'LOGNAME', 'SHELL', 'PATH', 'TERM', 'TMPDIR', 'LD_LIBRARY_PATH'],
  ...['LANG', 'LANGUAGE', 'LC_*', 'TZ', 'TZDIR', 'LOCPATH', 'LOCALE_ARCHIVE*'],
  // The display, its session and its buses.
  ...['DISPLAY', 'XAUTHORITY', 'XAUTHLOCALHOSTNAME', 'ICEAUTHORITY', 'SESSION_MANAGER', 'WAYLAND_DISPLAY'],
  ...['XDG_*', 'DBUS_SESSION_BUS_*', 'DBUS_SYSTEM_BUS_ADDRESS', 'AT_SPI_BUS_ADDRESS', 'NO_AT_BRIDGE'],
  ...['SWAYSOCK', 'I3SOCK', 'HYPRLAND_INSTANCE_SIGNATURE', 'NIRI_SOCKET'],
  // xdg-open chooses its way by the desktop, then by BROWSER.
  ...['BROWSER', 'DE', 'DESKTOP', 'DESKTOP_SESSION', 'GDMSESSION', 'KDE_*', 'KDEHOME', 'KDEDIRS'],
  ...['GNOME_DESKTOP_SESSION_ID', 'GNOME_KEYRING_CONTROL', 'MATE_DESKTOP_SESSION_ID', 'LXQT_SESSION_CONFIG'],
  // Toolkits, input methods, fonts and graphics.
  ...['GTK*', 'GDK_*', 'QT_*', 'CLUTTER_*', 'GIO_EXTRA_MODULES', 'GIO_MODULE_DIR', 'GSETTINGS_*'],
  ...['XMODIFIERS', 'IBUS_*', 'FCITX_*', 'INPUT_METHOD', 'SDL_IM_MODULE'],
  ...['FONTCONFIG_*', 'XCURSOR_*', 'LIBGL_*', 'MESA_*', '__GL*', '__EGL_*', '__NV_*', 'DRI_PRIME', 'VK_*'],
  ...['GSK_RENDERER', 'GALLIUM_DRIVER', 'EGL_PLATFORM', 'WEBKIT_*', 'QTWEBENGINE_*'],
  ...['LIBVA_*', 'ELECTRON_OZONE_PLATFORM_HINT', 'NIXOS_*', 'NIX_LD', 'NIX_LD_LIBRARY_PATH'],
  // Browsers.
  ...['MOZ_*', 'CHROMIUM_FLAGS', 'CHROMIUM_USER_FLAGS', 'CHROME_CONFIG_HOME', 'CHROME_USER_DATA_DIR'],
  ...['CHROME_DEVEL_SANDBOX', 'FLATPAK_*', 'KRB5CCNAME', 'KRB5_CONFIG', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  // The way to another machine, to Windows or out of a container.
  ...['SSH_AUTH_SOCK', 'SSH_CONNECTION', 'SSH_CLIENT', 'SSH_TTY', 'WSL_*', 'WSL2_*', 'WSLENV'],
  ...['VSCODE_IPC_HOOK_CLI', 'VSCODE_CLIENT_COMMAND', 'VSCODE_CLIENT_COMMAND_CWD', 'VSCODE_CLI_AUTHORITY'],
  ...['container', 'CONTAINER_ID', 'DISTROBOX_*', 'TOOLBOX_PATH'],
  // macOS.
  ...['__CF_USER_TEXT_ENCODING', 'SECURITYSESSIONID', 'XPC_*'],
  // Windows.
  ...['SystemRoot', 'SystemDrive', 'windir', 'ComSpec', 'PATHEXT', 'OS', 'TEMP', 'TMP', 'PSModulePath'],
  ...['APPDATA', 'LOCALAPPDATA', 'USERPROFILE', 'USERNAME', 'USERDOMAIN*', 'USERDNSDOMAIN', 'HOMEDRIVE'],
  ...['HOMEPATH', 'HOMESHARE', 'PUBLIC', 'ALLUSERSPROFILE', 'ProgramData', 'ProgramFiles*', 'ProgramW6432'],
  ...['CommonProgramFiles*', 'CommonProgramW6432', 'COMPUTERNAME', 'LOGONSERVER', 'SESSIONNAME'],
  ...['CLIENTNAME', 'NUMBER_OF_PROCESSORS', 'PROCESSOR_*', 'DriverData'],
];

/** Proxies, in either case. Their values pass without user and password. */
export const proxyVariables: readonly string[] = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'FTP_PROXY', 'NO_PROXY', 'AUTO_PROXY'],
  ...['SOCKS_SERVER', 'SOCKS_VERSION'],
];

/** Returns the environment of the browser, which passes it on to everything that it runs. */
export function browserEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(childEnvironment(env));
  return environmentOf(
    entries.flatMap(([name, value = '']) => {
      if (browser.test(name)) return [[name, value]];
      return proxy.test(name) ? [[name, withoutUser(value)]] : [];
    }),
  );
}

const browser = matching(browserVariables);
const proxy = matching(proxyVariables);

/** Ignores case, as Windows does. */
function matching(names: readonly string[]): RegExp {
  return new RegExp(`^(${names.map((name) => name.replace('*', '.*')).join('|')})$`, 'is');
}

/** Removes all up to the last @: a password may have any character, and the address of a proxy has no @. */
function withoutUser(proxyAddress: string): string {
  return proxyAddress.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1');
}
