"""A running front on a free port, with a stand-in for the emulator behind it."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Request, Response
from werkzeug.serving import make_server

from local.front import Settings, serving
from local.stripe_double.document import Document


@dataclass
class Emulator:
    """Records the proxied requests and answers with `response`."""

    seen: list[dict[str, Any]] = field(default_factory=list)
    response: Callable[[], Response] = Response

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        body = request.get_data()
        headers = dict(request.headers.items())
        target = request.environ["RAW_URI"]
        self.seen.append(
            {"method": request.method, "target": target, "headers": headers, "body": body}
        )
        return self.response()(environ, start_response)


@dataclass(frozen=True)
class Stage:
    public: str
    state: Path
    emulator: Emulator

    def welcome(self, **values: Any) -> None:
        (self.state / "welcome.json").write_text(json.dumps(values))


@contextmanager
def _in_a_thread(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def cut_document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("document")
    Document(folder).load()
    return next(folder.glob("stripe-document-*.json"))


@pytest.fixture
def stage(tmp_path: Path, cut_document: Path) -> Iterator[Stage]:
    shutil.copy(cut_document, tmp_path)
    emulator = Emulator()
    with ExitStack() as stack:
        behind = make_server("127.0.0.1", 0, emulator, threaded=True)
        stack.callback(behind.server_close)
        stack.enter_context(_in_a_thread(behind))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = Settings(
            port=port,
            state=tmp_path,
            emulator=f"http://127.0.0.1:{behind.server_port}",
            api_id="a1b2c3d4",
            front_secret="front-secret",
            stripe_key="sk_test_1234567890",
            webhook_secret="whsec_0987654321",
        )
        stack.enter_context(_in_a_thread(stack.enter_context(serving(settings))))
        yield Stage(settings.public, tmp_path, emulator)
