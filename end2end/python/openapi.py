# Tries an API against its OpenAPI document by schemathesis. Called by fixtures/python.ts.
# Takes {"document": its URL, "key", "examples": how many for each operation, "without": checks to leave out}.
# Prints {"code", "operations", "cases", "failures", "errors", "unauthorized", "output"}. The code is 0 where nothing
# was found, 1 where something was and 2 where nothing could be tried. With a key that is not taken it is 0, too, and
# "unauthorized" names the operations.

import json
import subprocess
import sys
import tempfile
from pathlib import Path

task = json.load(sys.stdin)
arguments = [
    "--no-color", "run", task["document"],
    "--header", f"Authorization: Bearer {task['key']}",
    "--phases", "examples,coverage,fuzzing",
    "--max-examples", str(task["examples"]),
    # The same requests each time.
    "--generation-deterministic",
    "--checks", "all",
    "--continue-on-failure",
    "--request-timeout", "20",
    "--report", "json",
    "--report-json-path", "report.json",
]  # fmt: skip
if task["without"]:
    arguments += ["--exclude-checks", ",".join(task["without"])]

# It leaves files where it runs.
with tempfile.TemporaryDirectory() as folder:
    command = [sys.executable, "-I", "-m", "schemathesis.cli", *arguments]
    ended = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    report = Path(folder, "report.json")
    result = json.loads(report.read_text()) if report.exists() else {}

print(
    json.dumps(
        {
            "code": ended.returncode,
            "operations": result.get("operations", {}).get("tested", 0),
            "cases": result.get("test_cases", {}).get("generated", 0),
            "failures": result.get("failures", []),
            "errors": result.get("errors", []),
            "unauthorized": result.get("warnings", {}).get("missing_auth", []),
            "output": ended.stdout,
        }
    )
)
