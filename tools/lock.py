"""Pin the dependencies of pyproject.toml, with hashes and without the address of any index.

python tools/lock.py              pin what is new, keep what is pinned
python tools/lock.py --upgrade    pin the newest versions that pyproject.toml allows
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"
EXTRAS = ("test", "dev", "bench")
COMMAND = "make lock"


def main() -> int:
    """Write both lock files; the second holds the first, pin for pin."""
    options = sys.argv[1:]
    compile_lock(RUNTIME, *options)
    compile_lock(DEVELOPMENT, *options, "--constraint", RUNTIME, *(f"--extra={extra}" for extra in EXTRAS))
    return 0


def compile_lock(name: str, *options: str) -> None:
    """Write one lock file."""
    command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--strip-extras"]
    addressless = ["--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"]
    steady = ["--no-annotate", "--allow-unsafe", "--output-file", name, "pyproject.toml"]
    words = [*command, *addressless, *options, *steady]
    subprocess.run(words, cwd=ROOT, env=environment(), check=True)


def environment() -> dict[str, str]:
    """Return the environment without the sources of packages that only this machine has."""
    private = {"PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"}
    kept = {name: value for name, value in os.environ.items() if name not in private}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "CUSTOM_COMPILE_COMMAND": COMMAND}


if __name__ == "__main__":
    sys.exit(main())
