"""Runs the test suite: whole on SQLite, then what asks the server without windows on PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Sequence

from installers import postgres

PARALLEL = ["-n", "2", "--dist", "loadgroup"]


def run(arguments: Sequence[str], **environment: str) -> int:
    """pytest with these arguments; answers its exit code."""
    command = [sys.executable, "-m", "pytest", "-q", *PARALLEL, *arguments]
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen"} | environment
    return subprocess.run(command, env=env, check=False).returncode


def main(arguments: Sequence[str]) -> int:
    """Both runs; the exit code of the first that failed."""
    print("== SQLite：全部测试", flush=True)
    first = run(arguments)
    if first:
        return first
    if postgres.binaries() is None:
        print("== PostgreSQL：未安装，没有运行", flush=True)
        return 0
    print("== PostgreSQL：不开窗口、直接问服务端的全部测试", flush=True)
    with postgres.running(durable=False) as url:
        return run(["-m", "database", *arguments], AMB_TEST_POSTGRES=url)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
