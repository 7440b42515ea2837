"""One model shared by many requests: what waits is read together, and what is too much is refused."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeAlias, TypeVar

from ..errors import ArabicIEError

Item = TypeVar("Item")
Result = TypeVar("Result")
_Outcomes: TypeAlias = "list[tuple[Future[list[Result]], list[Result] | Exception]]"


class Overloaded(ArabicIEError):
    """More waits than is allowed.

    Args:
        retry_after: seconds after which a further try makes sense.
    """

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"too many texts wait to be read; try again in {retry_after} s")


class Batcher(Generic[Item, Result]):
    """Runs the items of concurrent requests in joint batches, in a thread of its own.

    While the model is busy requests gather, and it takes them together when it is free again; a
    request on an idle machine never waits for company. A batch that fails is run again request by
    request, so that a bad one fails alone.

    Args:
        run: results of items, in order.
        size: cost of an item, in characters.
        most_waiting: characters that may wait; a request beyond is refused, unless nothing waits.
        most_at_once: characters of one batch, unless a single request has more.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Sequence[Result]],
        size: Callable[[Item], int],
        most_waiting: int = 1_000_000,
        most_at_once: int = 50_000,
    ) -> None:
        self._run, self._size = run, size
        self._most_waiting, self._most_at_once = most_waiting, most_at_once
        self._queue: deque[tuple[list[Item], int, Future[list[Result]]]] = deque()
        self._changed = threading.Condition()
        self._pending = 0  # characters waiting or being read
        self._speed = 20_000.0  # characters a second, corrected by every batch
        self._stopped = False
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """Characters that wait or are being read."""
        return self._pending

    def start(self) -> None:
        """Begin to read. A stopped batcher can be started again."""
        self._stopped = False
        self._thread = threading.Thread(target=self._loop, name="arabic-ie-batcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the running batch; requests that still wait are cancelled."""
        with self._changed:
            self._stopped = True
            while self._queue:
                _, cost, future = self._queue.popleft()
                self._pending -= cost
                future.cancel()
            self._changed.notify()
        if self._thread:
            self._thread.join()

    def submit(self, items: list[Item]) -> Future[list[Result]]:
        """Hand in one request.

        Raises:
            Overloaded: too much waits already.
        """
        cost = sum(map(self._size, items)) + len(items)
        future: Future[list[Result]] = Future()
        with self._changed:
            if self._stopped or (self._pending and self._pending + cost > self._most_waiting):
                raise Overloaded(max(1, round(self._pending / self._speed)))
            self._pending += cost
            self._queue.append((items, cost, future))
            self._changed.notify()
        return future

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._stopped)
                if self._stopped:
                    return
                batch = [self._queue.popleft()]
                cost = batch[0][1]
                while self._queue and cost + self._queue[0][1] <= self._most_at_once:
                    batch.append(self._queue.popleft())
                    cost += batch[-1][1]
            outcomes: _Outcomes[Result] = []
            try:
                outcomes = self._serve([(items, future) for items, _, future in batch])
            finally:
                with self._changed:
                    self._pending -= cost
            for future, outcome in outcomes:  # after the count: who has an answer waits no more
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    def _serve(self, batch: list[tuple[list[Item], Future[list[Result]]]]) -> _Outcomes[Result]:
        live = [(items, future) for items, future in batch if future.set_running_or_notify_cancel()]
        if not live:
            return []
        begin = time.perf_counter()
        joint = [item for items, _ in live for item in items]
        try:
            results = list(self._run(joint))
            if len(results) != len(joint):
                raise RuntimeError(f"{len(results)} results for {len(joint)} items")
        except Exception as err:
            if len(live) == 1:
                return [(live[0][1], err)]
            return [(future, self._alone(items)) for items, future in live]
        seconds = max(time.perf_counter() - begin, 1e-4)
        self._speed += 0.2 * (sum(map(self._size, joint)) / seconds - self._speed)
        outcomes: _Outcomes[Result] = []
        at = 0
        for items, future in live:
            outcomes.append((future, results[at : at + len(items)]))
            at += len(items)
        return outcomes

    def _alone(self, items: list[Item]) -> list[Result] | Exception:
        """One request by itself, after a batch failed."""
        try:
            return list(self._run(items))
        except Exception as err:
            return err
