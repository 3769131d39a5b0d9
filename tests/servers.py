"""A PostgreSQL, a Chroma server and an nginx of the tests' own on loopback, which may be killed and started again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pg8000.dbapi
import pytest

USER, PASSWORD, DATABASE = "isnad", "s3cret-Pa55", "archives"
SECONDS = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Server:
    """A process with all its children; started again it has the data and the port that it had."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        raise NotImplementedError

    def revive(self) -> None:
        """Start it where a test that failed has left it dead."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def kill(self) -> None:
        """SIGKILL to all of it: nothing is written any more."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _run(self, command: list[str], answers: Callable[[], object], *, log: Path, user: str | None = None) -> None:
        # Killed with the tests, whatever ends them; a process whose parent is gone would run for ever.
        with_us = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*with_us, *command], stdout=output, stderr=output, start_new_session=True, user=user, cwd=log.parent
            )
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                answers()
            except (pg8000.dbapi.Error, httpx.HTTPError, OSError):
                assert self._process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            else:
                return


class Postgres(Server):
    """A cluster with one database, whose user has a password; a user that is not root where we are root."""

    def __init__(self) -> None:
        super().__init__()
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
        program = found[-1] if found else Path(shutil.which("initdb") or "")
        if not program.is_file():
            why = "PostgreSQL is not installed: run .ci/postgresql"
            assert not os.environ.get("CI"), why
            pytest.skip(why)
        self._programs = program.parent
        self.home = Path(tempfile.mkdtemp(prefix="isnad-postgres-"))
        self._user = None
        if os.geteuid() == 0:
            self._user = "postgres" if any(one.pw_name == "postgres" for one in pwd.getpwall()) else "nobody"
            shutil.chown(self.home, self._user)
        password = self.home / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        command = [program, "-D", self.home / "data", "-U", USER, "--auth=scram-sha-256", f"--pwfile={password}"]
        made = subprocess.run(
            [*map(str, command), "--encoding=UTF8", "--locale=C", "--no-sync"],
            user=self._user,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        self.start()
        self.run(f"CREATE DATABASE {DATABASE}", database="postgres")

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self) -> None:
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.home), "fsync": "off"}
        command = [str(self._programs / "postgres"), "-D", str(self.home / "data"), "-p", str(self.port)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._run(command, lambda: self.run("SELECT 1", "postgres"), log=self.home / "log", user=self._user)

    def run(self, statement: str, database: str = DATABASE) -> list[tuple[object, ...]]:
        """The rows of a statement of its own transaction."""
        with pg8000.dbapi.connect(USER, "127.0.0.1", database, self.port, PASSWORD, timeout=30) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.home)


class Chroma(Server):
    """``chroma run`` of the pinned chromadb."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = Path(sys.executable).with_name("chroma")
        command = [str(program), "run", "--path", str(self.home / "data"), "--host", "127.0.0.1"]
        self._run(
            [*command, "--port", str(self.port)],
            lambda: httpx.get(f"{self.url}/api/v2/heartbeat", trust_env=False).raise_for_status(),
            log=self.home / "log",
        )

    def collections(self) -> set[str]:
        """The names of all collections."""
        where = f"{self.url}/api/v2/tenants/default_tenant/databases/default_database/collections"
        return {one["name"] for one in httpx.get(where, trust_env=False).raise_for_status().json()}


class Nginx(Server):
    """nginx with the configuration of ``docs/nginx.conf``: its own ports, paths and certificate in the place of those
    that an administrator has, before an upstream at `upstream` (``127.0.0.1:port``); `changes` are made in its text.
    """

    NAME = "news.example.org"

    def __init__(self, home: Path, upstream: str, changes: dict[str, str] | None = None) -> None:
        super().__init__()
        program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None or shutil.which("openssl") is None:
            why = "nginx or openssl is not installed: run .ci/nginx"
            assert not os.environ.get("CI"), why
            pytest.skip(why)
        self._program, self.home, self.plain_port = program, home, free_port()
        home.mkdir(parents=True, exist_ok=True)
        self.certificate, key = home / "certificate.pem", home / "key.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        command += ["-subj", f"/CN={self.NAME}", "-addext", f"subjectAltName=DNS:{self.NAME}", "-days", "2"]
        command += ["-keyout", str(key), "-out", str(self.certificate)]
        subprocess.run(command, check=True, capture_output=True)
        text = (Path(__file__).parent.parent / "docs" / "nginx.conf").read_text(encoding="utf-8")
        ours = {
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "/var/log/nginx/isnad.log": str(home / "access.log"),
            "/etc/ssl/certs/news.example.org.pem": str(self.certificate),
            "/etc/ssl/private/news.example.org.key": str(key),
            "http://127.0.0.1:7860": f"http://{upstream}",
        }
        for old, new in (ours | (changes or {})).items():
            assert old in text, f"docs/nginx.conf has no {old!r}"
            text = text.replace(old, new)
        folders = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{one}_temp_path {home}/{one};" for one in folders)
        # One process: workers would outlive a master that is killed with the tests.
        (home / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;"
            f" events {{ worker_connections 256; }} http {{ access_log off; {temporary}\n{text}\n}}\n",
            encoding="utf-8",
        )
        self.start()

    def start(self) -> None:
        command = [self._program, "-p", str(self.home), "-e", str(self.home / "error.log")]
        self._run(
            [*command, "-c", str(self.home / "nginx.conf")],
            lambda: socket.create_connection(("127.0.0.1", self.port), 1).close(),
            log=self.home / "output.log",
        )
