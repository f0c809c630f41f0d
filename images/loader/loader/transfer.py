"""Files come over in pieces, several at once, and each gets its name once it is whole and its hash is right."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import BinaryIO

from loader import checks, http
from loader.events import Progress
from loader.failures import LoadFailed, Reason
from loader.part import Part
from loader.task import RemoteFile, Store, Task

STREAMS = 8
STEP = 1024 * 1024
"""What came is written into the journal in such steps."""


class Transfer:
    """All files of one model, into the places that they get."""

    def __init__(self, store: Store, task: Task, progress: Progress) -> None:
        self._store = store
        self._task = task
        self._progress = progress
        self._stop = threading.Event()

    def run(self, parts: list[Part]) -> None:
        """The first failure ends it all."""
        with ThreadPoolExecutor(STREAMS) as pool:
            futures: list[Future[None]] = []
            for part in parts:
                part.begin()
                futures += [pool.submit(self._piece, part, number) for number in range(len(part.pieces))]
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            failure = next((error for future in done if (error := future.exception())), None)
            if failure:
                self._stop.set()
                pool.shutdown(cancel_futures=True)
                raise failure

    def _piece(self, part: Part, number: int) -> None:
        if not self._stop.is_set():
            self._fetch(part, number)
        if not self._stop.is_set() and part.is_last_piece():
            self._finish(part)

    def _finish(self, part: Part) -> None:
        """What another loader had begun may be what is wrong: then it is fetched from its first byte."""
        wrong = checks.wrong(part.content, part.file)
        if wrong and part.resumed:
            self._progress.take_back(part.forget())
            for number in range(len(part.pieces)):
                self._fetch(part, number)
            wrong = checks.wrong(part.content, part.file)
        if wrong:
            part.discard()
            raise LoadFailed(Reason.HASH_MISMATCH, f"`{part.file.path}` of {self._task.reference} {wrong}.")
        part.finish()

    def _fetch(self, part: Part, number: int) -> None:
        start, end = part.pieces[number]
        if end is not None and start + part.length(number) >= end:
            return
        with part.content.open("r+b") as content:
            piece = _Piece(self, part, number, content)
            what = f"`{part.file.path}` of {self._task.reference}"
            http.patiently(piece.ask, what, piece.has_progressed, self._stop)

    def chunks(self, file: RemoteFile, start: int, end: int | None) -> Iterator[bytes]:
        """The bytes from `start` to `end`, also from a server that knows no ranges."""
        address = file.address()
        headers = {**address.headers, "Accept-Encoding": "identity"}
        if end is not None and (start, end) != (0, file.size):
            headers["Range"] = f"bytes={start}-{end - 1}"
        with http.shared().stream("GET", address.url, headers=headers) as answer:
            if answer.status_code in http.PASSING:
                raise http.passing(answer)
            if not answer.is_success:
                answer.read()
                raise self._store.refused(self._task, answer)
            skip = start if answer.status_code == 200 else 0
            left = None if end is None else end - start
            for chunk in answer.iter_raw():
                useful = chunk[skip:][:left]
                skip = max(0, skip - len(chunk))
                if left is not None:
                    left -= len(useful)
                if useful:
                    yield useful
                if left == 0 or self._stop.is_set():
                    return

    def came(self, count: int) -> None:
        self._progress.add(count)

    def is_of_no_use(self, count: int) -> None:
        self._progress.take_back(count)

    @property
    def is_stopped(self) -> bool:
        return self._stop.is_set()


class _Piece:
    """One piece of a file, asked for until it is whole."""

    def __init__(self, transfer: Transfer, part: Part, number: int, content: BinaryIO) -> None:
        self._transfer = transfer
        self._part = part
        self._number = number
        self._content = content
        self._start, self._end = part.pieces[number]
        self._came = self._seen = part.length(number)

    def has_progressed(self) -> bool:
        """Since it was last asked."""
        before, self._seen = self._seen, self._came
        return self._came > before

    def ask(self) -> None:
        if self._end is None:  # of unknown length: only the whole of it makes sense
            self._transfer.is_of_no_use(self._came)
            self._came = 0
            self._content.truncate(0)
        noted = self._came
        for chunk in self._transfer.chunks(self._part.file, self._start + self._came, self._end):
            self._content.seek(self._start + self._came)
            self._content.write(chunk)
            self._came += len(chunk)
            self._transfer.came(len(chunk))
            if self._came - noted >= STEP:
                noted = self._note()
        self._note()
        if self._end is not None and self._start + self._came < self._end and not self._transfer.is_stopped:
            raise http.Passing("the connection was cut")

    def _note(self) -> int:
        self._content.flush()
        self._part.note(self._number, self._came)
        return self._came
