"""A file that loops, fills the memory or breaks its extractor costs a bounded time, and nothing but itself."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import pytest
from extracted_articles import reason
from isnad_command import ROOT, Isnad
from made_documents import p, packed, r

from rag.environment import without_settings
from rag.errors import Undecodable
from rag.extract import docx, html
from rag.extract.base import Extracted
from rag.extract.formats import formats
from rag.extract.html import drop_unseen, parse_html
from rag.extract.isolation import USUAL, ExtractJob, ExtractLimits, extract_apart

OWN = """
import os, time
from rag.extract.base import Extracted


def extract(data):
    order = data.decode()
    if order == "loop":
        while True:
            pass
    if order == "sleep":
        time.sleep(600)
    if order == "crash":
        os._exit(7)
    if order == "recursion":
        def deeper(): deeper()
        deeper()
    if order == "memory":
        kept = [bytearray(1 << 20) for _ in range(1 << 14)]
    if order == "output":
        print("not a frame " * 1000)
        os.write(1, b"not a frame")
    if order == "environment":
        order = repr(sorted(name for name in os.environ if name.startswith("ISNAD_")))
    if order == "process":
        order = str(os.getpid())
    yield Extracted(order)
"""


@pytest.fixture
def own(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    return {".own": f"{tmp_path / 'own.py'}:extract"}


def read(order: str, own: dict[str, str], limits: ExtractLimits = USUAL) -> str:
    (one,) = extract_apart(order.encode(), ExtractJob(".own", own=own, limit=1 << 20), limits)
    assert isinstance(one, Extracted)
    return one.text


def zipped(**files: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return file.getvalue()


def told(data: bytes, own: dict[str, str], limits: ExtractLimits) -> dict[str, str]:
    """Member → its text, or why it has none."""
    found = {}
    for one in extract_apart(data, ExtractJob(".zip", own=own, limit=1 << 20), limits):
        assert one.member is not None
        found[one.member] = one.text if isinstance(one, Extracted) else one.reason
    return found


@pytest.mark.parametrize("order", ["loop", "sleep"])
def test_a_file_whose_extractor_does_not_end_is_refused_after_its_time(order: str, own: dict[str, str]) -> None:
    read("warm", own)
    began = time.monotonic()
    with pytest.raises(Undecodable, match="more than 1 seconds"):
        read(order, own, ExtractLimits(seconds=1))
    assert time.monotonic() - began < 20  # the limit, and a slow machine
    assert read("خبر", own) == "خبر"


def test_a_file_that_fills_the_memory_is_refused_and_the_next_is_read(own: dict[str, str]) -> None:
    with pytest.raises(Undecodable, match="more than 400 MiB of memory"):
        read("memory", own, ExtractLimits(memory_mib=400))
    assert read("خبر", own, ExtractLimits(memory_mib=400)) == "خبر"


def test_a_crash_is_one_file_s_and_names_its_exit(own: dict[str, str]) -> None:
    with pytest.raises(Undecodable, match="exit 7"):
        read("crash", own)
    assert read("خبر", own) == "خبر"


def test_what_an_extractor_prints_does_not_get_between_the_articles(own: dict[str, str]) -> None:
    assert read("output", own) == "output"


def test_one_worker_reads_many_files(own: dict[str, str]) -> None:
    assert read("process", own) == read("process", own) != str(os.getpid())


def test_a_worker_that_died_while_idle_is_not_charged_to_the_next_file(own: dict[str, str]) -> None:
    idle = int(read("process", own))
    os.kill(idle, signal.SIGKILL)
    os.waitid(os.P_PID, idle, os.WEXITED | os.WNOWAIT)
    assert int(read("process", own)) != idle


def test_a_worker_is_kept_by_a_process_that_holds_a_model(own: dict[str, str]) -> None:
    code = f"""
        from rag.extract.isolation import ExtractJob, extract_apart

        model = b"x" * (1 << 30)  # more than a worker may have
        job = ExtractJob(".own", own={own!r})
        print(len({{list(extract_apart(b"process", job))[0].text for _ in range(3)}}))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, timeout=60, check=True, cwd=ROOT
    )
    assert done.stdout.decode().strip() == "1"


def test_changed_code_is_loaded_again(own: dict[str, str], tmp_path: Path) -> None:
    def text() -> str:
        (one,) = formats(own=own, limit=1 << 20)[".own"].extract(b"x")
        assert isinstance(one, Extracted)
        return one.text

    assert text() == "x"
    (tmp_path / "own.py").write_text(OWN.replace("yield Extracted(order)", "yield Extracted('new')"), encoding="utf-8")
    assert text() == "new"


def test_a_worker_has_no_settings_and_so_no_credentials(own: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISNAD_TOKEN", "secret-of-the-test")
    monkeypatch.setenv("ISNAD_LLM_KEY", "secret-of-the-test")
    with pytest.raises(Undecodable):
        read("crash", own)  # so that the next worker is a new one
    assert read("environment", own) == "[]"
    assert "secret-of-the-test" not in without_settings().values()


def test_members_that_loop_or_crash_are_refused_by_name_and_the_others_are_read(own: dict[str, str]) -> None:
    data = zipped(a__txt="خبر أول", b__own="loop", c__own="خبر ثان", d__own="crash", e__own="sleep", f__txt="خبر ثالث")
    found = told(data, own, ExtractLimits(seconds=1))
    assert {name: found[name] for name in ("a.txt", "c.own", "f.txt")} == {
        "a.txt": "خبر أول", "c.own": "خبر ثان", "f.txt": "خبر ثالث"
    }  # fmt: skip
    assert "more than 1 seconds" in found["b.own"]
    assert "exit 7" in found["d.own"]
    assert "more than 1 seconds" in found["e.own"]


def test_a_member_that_is_nested_too_deeply_is_refused_alone(own: dict[str, str]) -> None:
    found = told(zipped(a__own="recursion", c__txt="خبر"), own, ExtractLimits())
    assert found["a.own"] == "it is nested too deeply"
    assert found["c.txt"] == "خبر"


def test_an_archive_of_slow_members_ends_at_its_deadline_and_names_what_was_not_read(own: dict[str, str]) -> None:
    data = zipped(**{f"{number:03}__own": "loop" for number in range(200)}, z__txt="خبر")
    began = time.monotonic()
    found = told(data, own, ExtractLimits(seconds=0.5, archive_seconds=1.5))
    assert time.monotonic() - began < 30  # 200 members of .5 s take 100
    assert len(found) == 201
    assert "its archive takes more than 1.5 seconds" in found["z.txt"]


def test_text_boxes_nested_in_each_other_are_read_once() -> None:
    deep = r("خبر")
    for _ in range(60):  # 2 ** 60 visits, if each box were read once for each box around it
        deep = p(f"<w:r><w:txbxContent>{deep if deep.startswith('<w:p>') else p(deep)}</w:txbxContent></w:r>")
    data = packed(deep)
    assert len(data) < 1000
    (one,) = docx.extract(data)
    assert one.text.split() == ["خبر"]


def why(data: bytes, ending: str) -> str:
    """Why a file is refused; empty where it is read."""
    try:
        assert list(extract_apart(data, ExtractJob(ending), ExtractLimits(seconds=60)))
    except Undecodable as error:
        return error.what
    return ""


@pytest.mark.parametrize("depth", [20, 10_000])
def test_a_document_nested_deeper_than_any_is_read_or_refused(depth: int) -> None:
    tables = f"{'<w:tbl><w:tr><w:tc>' * depth}{p(r('خبر'))}{'</w:tc></w:tr></w:tbl>' * depth}"
    assert why(packed(tables), ".docx") == ("" if depth == 20 else "the elements of the document are nested too deep")


def calls(page: str) -> int:
    """Calls of functions while a page is read: not the clock of a busy machine."""
    count = 0

    def counted(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        list(html.extract(("<meta charset=utf-8>" + page).encode()))
    finally:
        sys.setprofile(None)
    return count


def test_hidden_elements_beside_each_other_cost_what_the_page_is_long() -> None:
    def seconds(count: int) -> float:
        """The least processor time of three tries."""
        spent = []
        for _ in range(3):
            root = parse_html("<meta charset=utf-8><body>" + "<i hidden></i>نص بعده " * count)
            began = time.process_time()
            drop_unseen(root)
            spent.append(time.process_time() - began)
        return min(spent)

    assert seconds(8000) < 30 * seconds(1000)  # 8 times; 64 and more where each copies the text before it


def test_headings_nested_in_headings_cost_no_more_than_headings_beside_each_other() -> None:
    calls("<h1>خبر</h1>")  # what is imported once
    assert calls(("<h1>خبر " * 100 + "</h1>" * 100) * 4) < calls("<h1>خبر </h1>" * 400)


@pytest.mark.parametrize(
    "data",
    [
        b"<div>" * 10_000 + "خبر".encode(),
        ("<meta charset=utf-8>" + "<p>خبر جديد</p>" * 100_000).encode(),
        ("<meta charset=utf-8><p>" + "خبر " * 300_000).encode(),
        ("<meta charset=utf-8>" + "<table><tr><td>" * 250 + "خبر").encode(),
    ],
)
def test_pages_of_any_shape_are_read_or_refused_in_their_time(data: bytes) -> None:
    assert "takes more than" not in why(data, ".html")


@pytest.mark.parametrize(
    "text", ["> " * 50_000 + "خبر", "[" * 100_000 + "خبر", "- خبر\n" * 100_000, "`" * 100_000 + "خبر"]
)
def test_markdown_of_any_shape_is_read_or_refused_in_its_time(text: str) -> None:
    assert "takes more than" not in why(text.encode(), ".md")


def test_json_nested_too_deeply_is_refused() -> None:
    assert reason(lambda data: extract_apart(data, ExtractJob(".json")), b"[" * 200_000)


def test_every_format_but_plain_text_is_read_by_a_worker(own: dict[str, str]) -> None:
    known = formats(own=own, limit=1 << 20)
    assert {ending for ending, one in known.items() if getattr(one.extract, "func", None) is not extract_apart} == {
        ".txt"
    }


STUCK = """
import signal, sys
from rag.extract.isolation import ExtractJob, extract_apart

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it
job = ExtractJob(".own", own={".own": sys.argv[1]})
print(list(extract_apart(b"process", job))[0].text, flush=True)
list(extract_apart(sys.argv[2].encode(), job))
"""


@pytest.mark.parametrize("order", ["loop", "sleep"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_stuck_worker_ends_with_its_parent_however_that_ends(
    how: signal.Signals, order: str, own: dict[str, str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(STUCK), own[".own"], order],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        time.sleep(0.5)
        assert _is_alive(worker)
        parent.send_signal(how)
        parent.wait(20)
        deadline = time.monotonic() + 10
        while _is_alive(worker) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _is_alive(worker)


def _is_alive(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return False


def test_a_server_that_ends_does_not_wait_for_a_stuck_file(own: dict[str, str]) -> None:
    code = f"""
        import threading, time
        from rag.extract.isolation import ExtractJob, WorkerStopped, extract_apart, stop_workers

        said = []
        def work():
            try:
                list(extract_apart(b"loop", ExtractJob(".own", own={own!r})))
            except WorkerStopped:
                said.append("stopped")

        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(2)
        stop_workers()
        thread.join(10)
        print(said)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, timeout=60, check=True, cwd=ROOT
    )
    assert done.stdout.decode().strip() == "['stopped']"


def test_an_ingest_goes_on_after_a_file_that_breaks_its_extractor_and_names_it(
    models: Path, own: dict[str, str], tmp_path: Path
) -> None:
    folder, data = tmp_path / "articles", tmp_path / "data"
    folder.mkdir()
    data.mkdir()
    (data / "models").symlink_to(models)
    (folder / "a.own").write_text("crash", encoding="utf-8")
    (folder / "b.txt").write_text("زار المعلم سوتشي أمس والتقى لافروف.", encoding="utf-8")
    isnad = Isnad(data, tmp_path / "network")
    done = isnad("ingest", str(folder), ISNAD_EXTRACTORS=f".own={own['.own']}")
    said = done.stdout.decode() + done.stderr.decode()
    assert "1 added" in said
    assert "a.own" in said
    assert "exit 7" in said
