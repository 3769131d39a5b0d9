"""The folder that uploads pass through: in the data folder, private, bounded, and empty when its server has ended."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import httpx
import pytest
from isnad_command import ROOT
from small_corpus import fill

from rag.config import Settings
from ui.middleware.upload_folder import UploadFolder, UploadQuota, forget
from ui.server import make_app
from ui.shared.history import History


def app_of(data: Path) -> Any:
    settings = Settings(data_dir=data, upload=True, max_file_mb=0.1)
    return make_app(Future(), History(data / "h.sqlite3"), settings, "127.0.0.1")


def post(app: Any, **more: Any) -> httpx.Response:
    async def sent() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:7860") as client:
            return await client.post("/gradio_api/upload", **more)

    return asyncio.run(sent())


def upload(app: Any, text: bytes, name: str = "a.txt") -> httpx.Response:
    return post(app, files={"files": (name, text)})


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("lock")]


def test_an_upload_lies_in_the_data_folder_where_nobody_else_reads_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        app = app_of(tmp_path)
        (path,) = upload(app, b"x" * 5000).json()
    finally:
        os.umask(before)
    assert Path(path).read_bytes() == b"x" * 5000
    assert Path(path).is_relative_to(Settings(data_dir=tmp_path).uploads_dir)
    assert Path(path).is_relative_to(os.environ["GRADIO_TEMP_DIR"])
    assert stat.S_IMODE(Path(os.environ["GRADIO_TEMP_DIR"]).stat().st_mode) == 0o700
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    forget([Path(path)])
    assert list(Path(os.environ["GRADIO_TEMP_DIR"]).iterdir()) == []


def test_repeated_uploads_cannot_fill_the_disk(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    quota = 2 * 20 * 104_857
    answers = [upload(app, b"%d" % at + b"x" * 90_000, f"{at}.txt") for at in range(60)]
    taken = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 507]
    assert len(taken) + len(refused) == 60
    assert 30 < len(taken) < 60
    assert sum(path.stat().st_size for path in files(tmp_path / "uploads")) <= quota
    assert "the upload folder is full" in refused[0].json()["detail"]
    assert "try again" in refused[0].json()["do"]
    # What was never used is forgotten after an hour, and what is taken in at once.
    two_hours_ago = time.time() - 7200
    for path in sorted((tmp_path / "uploads").rglob("*"), reverse=True):
        os.utime(path, (two_hours_ago, two_hours_ago))
    assert upload(app, b"more").status_code == 200
    assert len(files(tmp_path / "uploads")) == 1


def test_an_upload_of_unknown_length_is_counted_as_the_largest(tmp_path: Path) -> None:
    async def none(*_: Any) -> None:
        raise AssertionError("it was let in")

    folder = UploadFolder(Settings(data_dir=tmp_path), 1000)
    quota = UploadQuota(none, folder, "/up", 1001)
    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    scope = {"type": "http", "method": "POST", "path": "/up", "headers": []}
    asyncio.run(quota(scope, None, send))  # type: ignore[arg-type]
    assert told[0]["status"] == 507


def test_an_upload_that_breaks_off_leaves_no_half_behind(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n' + b"x" * 50_000

    async def broken_off() -> None:
        messages = [{"type": "http.request", "body": head, "more_body": True}, {"type": "http.disconnect"}]

        async def receive() -> Any:
            if len(messages) == 1:
                assert [path.stat().st_size for path in files(tmp_path / "uploads")] == [50_000]
            return messages.pop(0)

        async def send(_: Any) -> None:
            pass

        headers = [
            (b"host", b"127.0.0.1:7860"),
            (b"content-type", b"multipart/form-data; boundary=b"),
            (b"content-length", b"90000"),
        ]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/gradio_api/upload",
            "raw_path": b"/gradio_api/upload",
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 7860),
            "scheme": "http",
            "http_version": "1.1",
        }
        await app(scope, receive, send)

    asyncio.run(broken_off())
    assert files(tmp_path / "uploads") == []


def test_what_a_killed_server_left_is_removed_and_what_a_running_one_has_stays(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    code = (
        "import os, signal, sys; from pathlib import Path; from rag.config import Settings\n"
        "from ui.middleware.upload_folder import UploadFolder\n"
        "folder = UploadFolder(Settings(data_dir=Path(sys.argv[1])), 1)\n"
        "(folder.path / 'left').write_text('x'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert [path.name for path in files(tmp_path / "uploads")] == ["left"]
    running = UploadFolder(settings, 1)
    (running.path / "mine").write_text("x")
    second = UploadFolder(settings, 1)
    assert [path.name for path in files(tmp_path / "uploads")] == ["mine"]
    second.close()
    running.close()
    running.close()
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == ["lock"]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_ends_removes_its_uploads(seeded: Path, tmp_path: Path, end: signal.Signals) -> None:
    import shutil
    import socket

    data = shutil.copytree(seeded, tmp_path / "data", symlinks=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ISNAD_", "GRADIO_"))}
    mine = {"ISNAD_DATA_DIR": str(data), "ISNAD_UPLOAD": "true", "TMPDIR": str(fill(tmp_path / "tmp", {}))}
    with subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", "serve", "--port", str(port), "--generator", "extractive"],
        cwd=ROOT,
        env=environment | mine | {"XDG_CONFIG_HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        umask=0,
    ) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 120
            while True:
                try:
                    if httpx.get(f"{address}/readyz").status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                assert time.monotonic() < deadline
                time.sleep(0.2)
            sent = httpx.post(f"{address}/gradio_api/upload", files={"files": ("a.txt", b"x" * 2_000_000)})
            assert sent.status_code == 200
            assert len(files(data / "uploads")) == 1
            open_ones = [path for path in data.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o077]
            assert open_ones == []
            assert list((tmp_path / "tmp").rglob("*a.txt")) == []
        finally:
            server.send_signal(end)
            server.communicate(timeout=60)
    assert files(data / "uploads") == []
    assert [path.name for path in (data / "uploads").iterdir()] == ["lock"]
    assert not (tmp_path / "tmp" / "gradio").exists()
