"""Writes docs/troubleshooting.md from control/troubleshooting.toml."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_HEAD = """\
# Troubleshooting

Symptoms, causes and fixes. If a request is refused, you find the reason in plain words in three places:

- the response header `x-emulator-reason`;
- the journal, even if the client library hides the headers;
- the log line of the exchange.

```sh
curl -si -H "Authorization: Bearer outsider" \\
  http://localhost:8365/v1.0/solutions/bookingBusinesses/ContosoDental@contoso.onmicrosoft.com # 404 ErrorFolderNotFound
curl -s 'http://localhost:8365/_emulator/journal?status=4xx,5xx&brief=true'
```

If the emulator itself seems wrong, please report it with the exported [journal](journal.md#take-it-along), which
contains no secrets."""


def troubleshooting(areas: Iterable[dict[str, Any]]) -> str:
    """The page: a section an area, in it one for each symptom."""
    return "\n\n".join([_HEAD, *map(_area, areas)]) + "\n"


def _area(area: dict[str, Any]) -> str:
    return "\n\n".join([f"## {area['name']}", *map(_symptom, area["symptom"])])


def _symptom(symptom: dict[str, Any]) -> str:
    return f"### {symptom['sees']}\n\n{symptom['why']}\n\n**Do:** {symptom['do']}"
