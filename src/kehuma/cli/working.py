"""The worker that does long work beside the server: a process of its own, begun again when it dies."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
import zlib

_CALL = "from kehuma.cli.working import work; work()"
_AGAIN_AFTER = 3.0
_PATIENCE = 10.0
_ASKED_EVERY = 0.5
_PARENT_ASKED = 1.0


class Worker:
    """The worker's process, seen from the server's; ``shared`` is the descriptor of memory that it shares with it."""

    def __init__(self, shared: int | None = None) -> None:
        self._shared = shared
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopping = threading.Event()

    def start(self) -> None:
        """Begin it and keep it alive until ``stop``."""
        self._begin()
        threading.Thread(target=self._mind, daemon=True).start()

    def stop(self) -> None:
        """Let the present task come to its end for a while, then end it: it is begun again at the next start."""
        self._is_stopping.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _begin(self) -> None:
        from django.conf import settings  # noqa: PLC0415 - the server is set up

        environment = {**os.environ, "KEHUMA_HOME": str(settings.KEHUMA_HOME)}
        if settings.DATABASES["default"]["ENGINE"] == "kehuma.lib.db":
            # A demonstration has moved to a file of its own.
            environment["KEHUMA_DATABASE_URL"] = ""
        # A session of its own: Ctrl-C goes to the server, which decides how long a task may take to end.
        shared = () if self._shared is None else (self._shared,)
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", _CALL, str(os.getpid()), *map(str, shared)],
            env=environment,
            pass_fds=shared,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _mind(self) -> None:
        while not self._is_stopping.wait(_ASKED_EVERY):
            if self._process is not None and self._process.poll() is not None:
                logging.getLogger("kehuma.worker").error("the worker ended with %s", self._process.returncode)
                if self._is_stopping.wait(_AGAIN_AFTER):
                    return
                self._begin()


def work() -> None:
    """The process itself: take one task after the other until SIGTERM or until the server is gone."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kehuma.config.settings")
    end_with(int(sys.argv[1]))
    import django  # noqa: PLC0415 - the settings are named now

    django.setup()
    from django_tasks_db.management.commands.db_worker import Worker as Loop  # noqa: PLC0415 - after set-up

    logging.getLogger("django_tasks").setLevel(logging.WARNING)
    logging.getLogger("django_tasks_db").setLevel(logging.ERROR)
    from kehuma.apps.sealing import sharing  # noqa: PLC0415 - as above
    from kehuma.cli import chores, telling  # noqa: PLC0415 - as above

    if len(sys.argv) > 2:
        sharing.join(int(sys.argv[2]))
    name = name_of()
    _take_up_again(name)
    chores.keep_doing()
    telling.keep_telling()
    loop = Loop(
        queue_names=["*"],
        interval=_ASKED_EVERY,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=name,
        excluded_queue_names=[],
    )
    loop.configure_signals()
    loop.run()


def name_of() -> str:
    """The worker of this data folder on this host; only one runs at a time."""
    from django.conf import settings  # noqa: PLC0415 - after set-up

    return f"{socket.gethostname()[:40]}:{zlib.crc32(str(settings.KEHUMA_HOME).encode()):x}"


def _take_up_again(name: str) -> None:
    """Tasks that ended with the last process of this name wait again.

    A task of ours names a row of its package and goes on from what stands there, so that it can be begun again.
    """
    from django_tasks import TaskResultStatus  # noqa: PLC0415 - after set-up
    from django_tasks_db.models import DBTaskResult  # noqa: PLC0415 - as above

    for result in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        if result.worker_ids and result.worker_ids[-1] == name:
            DBTaskResult.objects.filter(pk=result.pk).update(status=TaskResultStatus.READY, started_at=None)


def end_with(parent: int) -> None:
    """End this process when its parent is gone, however that came about."""
    if not parent or os.name == "nt":
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_ASKED)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
