"""`make run`: prepares the database, loads the demo on first start, runs server and background worker, and prints the links."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import config

_RESTART_AFTER_S = 1.0
_STOP_WITHIN_S = 12.0
_READY_WITHIN_S = 30.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))
    parser.add_argument(
        "--host", default=None, help="address to listen on; default: this machine only, with --https all"
    )
    parser.add_argument(
        "--demo", choices=("street", "county", "city", "none"), help="size of the demo city on first start"
    )
    parser.add_argument("--programme", help="liaocheng, baoan, huangpu, zhoukou, wangcheng, or a .toml file")
    parser.add_argument(
        "--https", action="store_true", help="serve HTTPS with a certificate of this machine's own authority"
    )
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    arguments.host = arguments.host or ("0.0.0.0" if arguments.https else "127.0.0.1")  # noqa: S104 - asked for by --https
    return arguments


def _check_port(host: str, port: int) -> None:
    """End with a sentence where nobody can listen.

    The server's processes share one port, so a second product would be let in as well and answer half of the first one's phones.
    """
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            zh = f"端口 {port} 已被占用，也许已经有一个 make run 在运行。先停掉它，或换一个端口：make run PORT={port + 1}"
            en = f"port {port} is in use, perhaps by another make run: stop that one, or take another port, make run PORT={port + 1}"
        else:
            zh, en = f"不能在 {host} 的端口 {port} 上启动", f"cannot listen on port {port} of {host} ({error})"
        sys.exit(f"· {zh}\n· {en}")


def _certificate(arguments: argparse.Namespace) -> Any:
    """The certificate of this machine's own authority, where HTTPS is asked for."""
    if not arguments.https:
        return None
    from app.local_ca import issue

    return issue(Path(os.environ.get("DOORSTEP_DATA", config.ROOT / "var")))


def _environment(arguments: argparse.Namespace, certificate: Any) -> dict[str, str]:
    """The environment of server and worker: what the options say, on top of what is set."""
    environment = dict(os.environ, PORT=str(arguments.port))
    if arguments.programme:
        environment["DOORSTEP_PROGRAMME"] = arguments.programme
    # Whoever tries it needs the links on the screen, not a line for every job that ran.
    environment.setdefault("DOORSTEP_LOG", "text")
    environment.setdefault("DOORSTEP_LOG_LEVEL", "warning")
    if arguments.demo:
        environment["DOORSTEP_DEMO"] = arguments.demo
    if certificate:
        environment.setdefault("DOORSTEP_PUBLIC_URL", f"https://{certificate.host}:{arguments.port}")
        # Worker and desk are on one machine: they meet on loopback, where the certificate is trusted by its own authority.
        environment.setdefault("DOORSTEP_DESK_URL", f"https://127.0.0.1:{arguments.port}/open311/v2")
        environment.setdefault("DOORSTEP_CA_FILE", str(certificate.authority))
    return environment


def _server(arguments: argparse.Namespace, certificate: Any) -> list[str]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    command += ["--host", arguments.host, "--port", str(arguments.port)]
    # No proxy stands before it here: a phone that sends slowly keeps a thread to itself.
    command += ["--workers", str(arguments.workers), "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]
    if certificate:
        command += ["--ssl-certificate", str(certificate.certificate), "--ssl-keyfile", str(certificate.key)]
    return [*command, "wsgi:app"]


class Processes:
    """Server and worker: started together, restarted when one dies, stopped together."""

    def __init__(self, commands: dict[str, list[str]], environment: dict[str, str]) -> None:
        self.commands, self.environment = commands, environment
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = False

    def start(self, name: str) -> None:
        """Start one of them in its own process group, so that Ctrl-C reaches it through us only."""
        self.running[name] = subprocess.Popen(self.commands[name], env=self.environment, start_new_session=True)

    def wait_for_port(self, port: int) -> None:
        """Until somebody listens there, or the server has ended, or it was time enough."""
        until = time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < until and not self.stopping and self.running["server"].poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return

    def watch(self) -> None:
        """Run until a signal says stop."""
        for name in self.commands:
            self.start(name)
            if name == "server":
                # The worker's first calls may go to the desk on this very server.
                self.wait_for_port(int(self.environment["PORT"]))
        while not self.stopping:
            for name, process in self.running.items():
                if process.poll() is not None and not self.stopping:
                    print(
                        f"· {name} 退出（{process.returncode}），正在重启 · {name} stopped, starting it again",
                        flush=True,
                    )
                    time.sleep(_RESTART_AFTER_S)
                    self.start(name)
                    break
            time.sleep(0.2)
        self.stop()

    def stop(self) -> None:
        """Ask all to end, then insist."""
        for process in self.running.values():
            process.terminate()
        until = time.monotonic() + _STOP_WITHIN_S
        for process in self.running.values():
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()


def _prepare(settings: config.Config) -> str | None:
    """Migrate the database and load the demo into an empty one; returns how to sign in to the demo, if there is one."""
    from app import create_app
    from app.installation import upgrade
    from app.setup import is_empty

    with create_app(settings).app_context():
        upgrade()
        first = is_empty() and settings.demo_size != "none"
        if first:
            print(f"· 生成演示数据（{settings.demo_size}） · making the demo city", flush=True)
            _load_demo(settings)
        elif settings.demo_size == "none":
            _install()
        return _demo_sign_ins(settings)


def _install() -> None:
    from app.database import writing
    from app.demo.sign_ins import new_password
    from app.ids import now_ms
    from app.installation import install

    password = new_password()
    with writing() as session:
        if install(session, now_ms(), password):
            print(f"· 受理转办中心 · dispatch centre: unit-centre  {password}", flush=True)
            print("· flask --app wsgi add-admin NAME LOGIN", flush=True)


def _load_demo(settings: config.Config) -> None:
    from app import demo
    from app.ids import now_ms

    report = demo.load(settings.demo_size, seed=1, now=now_ms())
    demo.save(report.sign_ins, settings.data_dir)


def _demo_sign_ins(settings: config.Config) -> str | None:
    """The demo's sign-ins as text, with a fresh one-time code for the demo cadre's phone."""
    from app.demo.returning import renewed
    from app.ids import now_ms

    return renewed(settings.data_dir, settings.public_url, now_ms())


def main() -> None:
    """Run until stopped."""
    arguments = _arguments()
    _check_port(arguments.host, arguments.port)
    from app.start_faults import start_fault

    settings = None
    try:
        certificate = _certificate(arguments)
        environment = _environment(arguments, certificate)
        settings = config.load(environment)
        demo = _prepare(settings)
    except Exception as error:
        told = start_fault(error, settings)
        if told is None:
            raise
        sys.exit(told)
    except KeyboardInterrupt:
        # Nothing is there by halves: the tables and the demo are a transaction each.
        sys.exit("· 已停止 · stopped")
    from app.welcome import banner

    processes = Processes(
        {"server": _server(arguments, certificate), "worker": [sys.executable, "-m", "app.jobs.worker"]}, environment
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        processes.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(banner(settings, demo, certificate), flush=True)
    processes.watch()


if __name__ == "__main__":
    main()
