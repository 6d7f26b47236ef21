"""Lists of customers over the API."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal
from uuid import uuid4

from kehuma.client.answers import Answer, Lost
from kehuma.client.asking import Asking, given

_ASKED_EVERY = 1.0


class Imports(Asking):
    """Imports: received and run dry, looked at, committed, undone."""

    def import_rows(
        self,
        source: str,
        rows: Sequence[Mapping[str, str | int | float | None]],
        *,
        columns: Mapping[str, str] | None = None,
        scheme: str | None = None,
        request_key: str | None = None,
    ) -> Answer:
        """Up to 10,000 rows of a list, which are run dry; ``columns`` says which key is which field."""
        body = given(source=source, rows=[dict(one) for one in rows], scheme=scheme, columns=dict(columns or {}))
        found: Answer = self._ask("POST", "/imports", json=body, key=request_key or str(uuid4())).json()
        return found

    def import_file(
        self, source: str, file: str | Path, *, scheme: str | None = None, request_key: str | None = None
    ) -> Answer:
        """A file (CSV, Excel, OpenDocument, Parquet), which is run dry."""
        path = Path(file)
        asked = given(name=path.name, source=source, scheme=scheme)
        headers = {"Content-Type": "application/octet-stream"}
        content, key = path.read_bytes(), request_key or str(uuid4())
        answer = self._ask("POST", "/imports/file", params=asked, content=content, headers=headers, key=key)
        found: Answer = answer.json()
        return found

    def imports(self) -> Iterator[Answer]:
        """The newest imports."""
        return self._all("/imports", {})

    def import_state(self, number: str) -> Answer:
        """How far an import is."""
        return self._json("GET", f"/imports/{number}")

    def wait_for_import(self, number: str, *, seconds: float = 600.0) -> Answer:
        """The import when nothing runs any more; Lost where that takes longer."""
        end = time.monotonic() + seconds
        while True:
            found = self.import_state(number)
            if not found["is_running"]:
                return found
            if time.monotonic() >= end:
                raise Lost(f"import {number} still runs")
            self._sleep(_ASKED_EVERY)

    def import_faults(self, number: str, field: str = "") -> Iterator[Answer]:
        """What is wrong, by row and field."""
        return self._all(f"/imports/{number}/faults", {"field": field})

    def rejected_rows(self, number: str) -> Iterator[dict[str, str]]:
        """The rows that did not come in, with row, fields and reasons in front."""
        cursor = ""
        while True:
            page = self._json("GET", f"/imports/{number}/rejected", params={"cursor": cursor} if cursor else {})
            for row in page["items"]:
                yield dict(zip(page["columns"], row, strict=True))
            if not page["next"]:
                return
            cursor = page["next"]

    def map_import(self, number: str, source: str, columns: Mapping[str, str], *, scheme: str | None = None) -> Answer:
        """Say otherwise which column is which field, and run it dry once more."""
        body = given(source=source, columns=dict(columns), scheme=scheme)
        return self._json("POST", f"/imports/{number}/columns", json=body)

    def commit_import(
        self,
        number: str,
        mode: Literal["both", "create", "update"] = "both",
        *,
        duplicates: Literal["leave", "skip", "update", "create"] = "leave",
    ) -> Answer:
        """Bring the sound rows in; asked once more, nothing is done twice."""
        return self._json("POST", f"/imports/{number}/commit", json={"mode": mode, "duplicates": duplicates})

    def undo_import(self, number: str) -> Answer:
        """Take back what it did."""
        found: Answer = self._ask("POST", f"/imports/{number}/undo", again=False).json()
        return found

    def discard_import(self, number: str) -> None:
        """Throw one away that was never committed."""
        self._ask("DELETE", f"/imports/{number}", is_gone_fine=True)
