"""The embedded servers: whoever starts them, and whatever happened to them before."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from process_server.embedded import unprivileged
from process_server.embedded.broker import Broker
from process_server.embedded.child import Identity, ask_to_stop, spawn, wait_or_kill
from process_server.embedded.home import AlreadyRunning, Home
from process_server.embedded.postgres import Cluster, OtherPostgres, socket_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose name is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="ps-") as made:
        yield Path(made)


def postmaster(cluster: Cluster) -> psutil.Process:
    return psutil.Process(int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0]))


def test_data_outlive_the_server(folder: Path) -> None:
    for count in ("1", "2"):
        cluster = Cluster(folder, durable=False)
        cluster.start()
        cluster.create_database("kept")
        cluster.sql("CREATE TABLE IF NOT EXISTS run ()", "kept")
        cluster.sql("INSERT INTO run DEFAULT VALUES", "kept")
        assert cluster.sql("SELECT count(*) FROM run", "kept") == count
        cluster.stop()
        assert not cluster.ready()


def test_text_is_utf_8_and_sorted_by_code_point(cluster: Cluster) -> None:
    assert cluster.sql("SHOW server_encoding") == "UTF8"
    assert cluster.sql("SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b', 'B', '线', 'é']) x") == "Bbé线"


def test_a_server_killed_but_not_reaped_does_not_hinder_the_next(folder: Path) -> None:
    first = Cluster(folder, durable=False)
    first.start()
    killed = postmaster(first)
    os.kill(killed.pid, signal.SIGKILL)
    while killed.status() != psutil.STATUS_ZOMBIE:  # we are its parent and do not look
        time.sleep(0.01)
    second = Cluster(folder, durable=False)
    second.start()
    assert second.sql("SELECT 1") == "1"
    second.stop()
    first.stop()


def test_a_running_leftover_is_stopped_before_the_next_starts(folder: Path) -> None:
    leftover = Cluster(folder, durable=False)
    leftover.start()
    old = postmaster(leftover)
    following = Cluster(folder, durable=False)
    following.start()
    assert not old.is_running() or old.status() == psutil.STATUS_ZOMBIE
    assert following.sql("SELECT 1") == "1"
    following.stop()
    leftover.stop()


def test_an_interrupted_creation_begins_anew(folder: Path) -> None:
    (folder / "postgres" / "base").mkdir(parents=True)
    cluster = Cluster(folder, durable=False)
    cluster.start()
    cluster.stop()
    assert (folder / "postgres" / "PG_VERSION").exists()


def test_data_of_another_version_are_refused_by_name(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(OtherPostgres, match="made by PostgreSQL 12"):
        Cluster(folder).prepare()


def test_a_long_path_gets_a_short_socket_folder(folder: Path) -> None:
    home = folder / ("long" * 30)
    cluster = Cluster(home, durable=False)
    cluster.start()
    assert len(str(cluster.sockets)) < 80
    assert cluster.sql("SELECT 1") == "1"
    cluster.stop()
    shutil.rmtree(cluster.sockets)
    assert socket_folder(Path("/short/run")) == Path("/short/run")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_without_user_namespaces_becomes_another_user(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PROCESS_SERVER_NO_USER_NAMESPACE", "1")
    folder.chmod(0o700)  # nobody else may pass: the data have to lie elsewhere
    cluster = Cluster(folder, durable=False)
    cluster.start()
    assert postmaster(cluster).username() in ("postgres", "nobody")
    assert (folder / "postgres").is_symlink()
    cluster.stop()
    again = Cluster(folder, durable=False)
    again.start()
    assert again.data == cluster.data
    again.stop()
    shutil.rmtree(cluster.data)
    shutil.rmtree(cluster.sockets)


@pytest.mark.skipif(os.geteuid() != 0, reason="this is what all the other tests do")
def test_an_ordinary_user_starts_it(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    who = Identity(nobody.pw_uid, nobody.pw_gid)
    if not unprivileged.can_reach(Path(sys.executable).resolve(), who):
        pytest.skip("this Python lies where only root may read")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    code = (
        "import sys; from pathlib import Path; from process_server.embedded.postgres import Cluster;"
        "cluster = Cluster(Path(sys.argv[1]), durable=False); cluster.start();"
        "print(cluster.sql('SELECT 41 + 1')); cluster.stop()"
    )
    command = [sys.executable, "-c", code, str(folder)]
    options = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": ROOT}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]}, **options
    )
    assert (done.stdout.strip(), done.stderr) == ("42", "")


def test_the_broker_is_started_again_however_it_ended_and_writes_nothing(folder: Path) -> None:
    import redis

    for stop in (signal.SIGKILL, signal.SIGTERM):
        broker = Broker(folder)
        broker.prepare()
        process = spawn(broker.command(), log=folder / "log")
        while not broker.ready():
            time.sleep(0.02)
        with redis.Redis(unix_socket_path=str(broker.socket)) as client:
            assert client.rpush("queue", "message") == 1  # a full disk is nothing to it
        ask_to_stop(process, stop)
        wait_or_kill(process, 5)
        assert not broker.ready()
        assert not [file for file in broker.socket.parent.rglob("*") if file.is_file()]


def test_a_folder_is_locked_once_and_says_by_whom(folder: Path) -> None:
    home = Home(folder)
    home.lock("http://127.0.0.1:8000")
    with pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}.*http://127.0.0.1:8000"):
        Home(folder).lock()
    home.unlock()
    Home(folder).lock()
