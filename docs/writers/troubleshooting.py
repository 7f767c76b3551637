"""Writes docs/troubleshooting.md from control/troubleshooting.toml."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_HEAD = """\
# Troubleshooting

What is seen, why, and what to do. Wherever a call is refused, three places tell the reason in plain words:

- the response header `x-emulator-reason`;
- the journal, also for calls made by a library that hides its headers;
- the log line of the exchange.

```sh
curl -si -H "Authorization: Bearer outsider" \\
  http://localhost:8365/v1.0/solutions/bookingBusinesses/ContosoDental@contoso.onmicrosoft.com # 404 ErrorFolderNotFound
curl -s 'http://localhost:8365/_emulator/journal?status=4xx,5xx&brief=true'
```

If the emulator itself seems to be wrong, please report it with the exported
[journal](journal.md#take-it-along), which holds no secrets."""


def troubleshooting(areas: Iterable[dict[str, Any]]) -> str:
    """The page: a section an area, in it one for each symptom."""
    return "\n\n".join([_HEAD, *map(_area, areas)]) + "\n"


def _area(area: dict[str, Any]) -> str:
    return "\n\n".join([f"## {area['name']}", *map(_symptom, area["symptom"])])


def _symptom(symptom: dict[str, Any]) -> str:
    return f"### {symptom['sees']}\n\n{symptom['why']}\n\n**Do:** {symptom['do']}"
