"""Lets schemathesis call an emulator by each of its OpenAPI documents, with requests it makes up from a fixed seed.

It fails for a status or a body that the document does not declare, and for any traceback in the log: `make fuzz`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.test_cli import served

TOOL = Path(__file__).parents[1] / ".venv-fuzz" / "bin" / "schemathesis"
CHECKS = "status_code_conformance,response_schema_conformance,content_type_conformance"
# document → what stands before its paths, and which of these wait or empty what the others need
DOCUMENTS = {
    "v1.0": ("/v1.0", None),
    "beta": ("/beta", None),
    "connector": ("/apim/microsoftbookings/c1", None),
    "control": ("", "journal/wait|deliveries/settle|/events|/reset|/state"),
}


def call_document(origin: str, name: str, options: list[str]) -> int:
    """Call all operations of a document; the exit code of schemathesis."""
    before, left_out = DOCUMENTS[name]
    command = [
        str(TOOL), "run", f"{origin}/_emulator/openapi/{name}.json", "--url", f"{origin}{before}", "--seed", "1",
        "--header", "Authorization: Bearer test-token", "--checks", CHECKS, "--phases", "coverage,fuzzing",
        "--max-examples", "3", "--no-color", *(["--exclude-path-regex", left_out] if left_out else []), *options,
    ]  # fmt: skip
    print(f"{name} …", flush=True)
    return subprocess.run(command, check=False).returncode


def main() -> int:
    """Call all documents; 1 where one of them, or the log, has something to tell."""
    with tempfile.TemporaryFile("w+") as log, served(errors=log) as (origin, _):
        codes = [call_document(origin, name, sys.argv[1:]) for name in DOCUMENTS]
        log.seek(0)
        tracebacks = log.read().count("Traceback")
    print(f"{sum(map(bool, codes))} documents with findings, {tracebacks} tracebacks")
    return 1 if any(codes) or tracebacks else 0


if __name__ == "__main__":
    sys.exit(main())
