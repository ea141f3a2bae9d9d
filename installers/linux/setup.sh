#!/bin/sh
# Installs what is missing: Debian packages, the virtual environment, the code of the contract.
set -eu
cd "$(dirname "$0")/../.."

missing=""
for package in $(grep -v '^#' installers/linux/packages.txt); do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
        missing="$missing $package"
done
if [ -n "$missing" ]; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "缺少系统软件包，请先运行："
        echo "sudo apt-get install -y --no-install-recommends$missing"
        exit 1
    fi
    echo "安装系统软件包：$missing"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/python -m pip install -q --disable-pip-version-check -e '.[dev]'
.venv/bin/python -m protos
